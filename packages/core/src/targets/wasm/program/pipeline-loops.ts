import { everyKernel, mayFail } from "../../../lower/accesses.ts";
import type { Kernel, LoopCounter, LoopKernel, PlainKernel, View } from "../../../lower/kernel.ts";
import { mayOverlap } from "../../../lower/view.ts";
import { changesParameter, conflict, FARTHEST, inAllSteps, meet, withNeeded } from "./independence.ts";
import { type AtOnce, loopsAtOnce, MOST_LEFT } from "./loops-at-once.ts";
import { type Cut, RowSplit } from "./row-split.ts";
import { LEAST_SHARED } from "./schedule.ts";
import { costOf, LEAST_COST } from "./share-rows.ts";

/** Most rounds that a pipeline is cut into. */
const MOST_PARTS = 64;
/** Of the least cost of a loop that is worth dividing, what it costs that threads meet once a round. */
const ROUND = 0.2;
/** Nanoseconds of waiting for one another around a kernel that threads share. */
const MEETING = 700;
/**
 * Of the time in which threads share each kernel, how much is left at most. Where the weights of a layer are larger than a
 * thread's caches, sharing is better than it seems, and a pipeline worse: 4 layers of 512 units, one sequence: a second
 * thread 1.7 and 0.9; 2 layers of 256: 1.6 and 1.7; 2 of 64: 1.1 and 1.6 (AMD EPYC, Node 20).
 */
const MOST_LEFT_OF_SHARING = 0.8;

/** What stands between two layers and is computed for each step by itself, such as the product with the input's weights. */
interface Link {
  readonly kernel: PlainKernel;
  /** Rows of all steps. */
  readonly rows: number;
}

/** A loop, and what it needs of earlier stages. */
interface Stage {
  readonly links: readonly Link[];
  readonly loop: LoopKernel;
}

/** What runs once a step. */
interface Unit {
  readonly kernel: Kernel;
  readonly counter: LoopCounter;
}

/** Threads of stages, in their order, and how steps are cut: `first` of them before the rounds, then `parts` of `size`. */
interface Rounds {
  readonly threads: readonly number[];
  readonly first: number;
  readonly parts: number;
  readonly size: number;
}

/**
 * Makes pipelines of loops that each need one another's step t for their own step t, such as the layers of a deep
 * network and their gradients: in round r, thread p makes part r - p of the steps of its loops. What lies between
 * the loops is cut like them, and all threads share it. Left alone are loops over `shares`, those that run at once from beginning
 * to end, and what may fail: it would fail in another order.
 */
export function pipelineLoops(
  kernels: readonly Kernel[],
  count: number,
  shares: ReadonlySet<LoopCounter>,
  leastCost: number = LEAST_COST,
): { readonly kernels: readonly Kernel[]; readonly atOnce: AtOnce } {
  const { atOnce: whole } = loopsAtOnce(kernels, count, shares, undefined, leastCost);
  const atOnce = new Map<LoopCounter, { group: number; thread: number }>();
  const isCandidate = (kernel: Kernel): kernel is LoopKernel =>
    kernel.kind === "loop" &&
    !mayFail(kernel) &&
    !whole.has(kernel.counter) &&
    everyKernel([kernel]).every(
      (part) => part.kind !== "loop" || !(shares.has(part.counter) || part.counter.range),
    );
  let list = [...kernels];
  let id = everyKernel(list).reduce(
    (most, each) => (each.kind === "loop" ? Math.max(most, each.counter.id) : most),
    -1,
  );
  for (let i = 0; i < list.length; i++) {
    const first = list[i]!;
    if (!isCandidate(first)) continue;
    const { stages, before, rest } = chained(first, list.slice(i + 1), isCandidate);
    const rounds = cutIntoRounds(stages, count, leastCost);
    if (!rounds) continue;
    const made = new PipelineWriter(rounds, first.counter, id + 1);
    id += 2 * stages.length;
    const written = made.write(stages);
    const group = atOnce.size;
    for (const [counter, thread] of made.threads) atOnce.set(counter, { group, thread });
    list = [...list.slice(0, i), ...before, ...written, ...rest];
    i += before.length + written.length - 1;
  }
  return { kernels: list, atOnce };
}

/** The stages that can follow a loop, what they need that comes before all of them, and what comes behind. */
function chained(
  first: LoopKernel,
  behind: readonly Kernel[],
  isCandidate: (kernel: Kernel) => kernel is LoopKernel,
): { readonly stages: Stage[]; readonly before: Kernel[]; readonly rest: readonly Kernel[] } {
  const stages: Stage[] = [{ links: [], loop: first }];
  const units: Unit[] = [{ kernel: first, counter: first.counter }];
  const whole: Kernel[] = [first];
  const before: Kernel[] = [];
  let rest = behind;
  for (let j = 0; j < Math.min(rest.length, FARTHEST); j++) {
    const loop = rest[j]!;
    if (!isCandidate(loop) || !alike(loop.counter, first.counter)) continue;
    const moved = withNeeded(rest, j);
    if (moved.some(changesParameter)) continue;
    const dependent: Kernel[] = [];
    for (const kernel of moved)
      if ([...whole, ...dependent].some((other) => conflict(other, kernel))) dependent.push(kernel);
    const found = dependent.includes(loop) && linked(units, dependent.slice(0, -1), loop);
    if (!found) continue;
    stages.push({ links: found.links, loop });
    units.push(...found.units);
    whole.push(...dependent);
    before.push(...moved.filter((kernel) => !dependent.includes(kernel)));
    rest = rest.filter((kernel) => !moved.includes(kernel));
    j -= moved.length;
  }
  return { stages, before, rest };
}

const alike = (a: LoopCounter, b: LoopCounter): boolean => a.length === b.length && a.reverse === b.reverse;

/** A loop and its links as they run step by step; undefined where a step needs more than the steps up to it. */
function linked(
  earlier: readonly Unit[],
  links: readonly Kernel[],
  loop: LoopKernel,
): { readonly links: Link[]; readonly units: Unit[] } | undefined {
  const { counter } = loop;
  const units: Unit[] = [];
  const follows = (unit: Unit): boolean => [...earlier, ...units].every((other) => !needsLater(other, unit));
  const found: Link[] = [];
  for (const kernel of links) {
    if (kernel.kind === "loop" || mayFail(kernel)) return undefined;
    const rows = rowsOf(kernel, counter.length).find((rows) => {
      const kernelOfStep = new RowSplit(new Set(), rows, {
        counter,
        rows: rows / counter.length,
        from: 0,
      }).plain(kernel);
      const unit = kernelOfStep && { kernel: kernelOfStep, counter };
      if (!unit || !follows(unit)) return false;
      units.push(unit);
      return true;
    });
    if (rows === undefined) return undefined;
    found.push({ kernel, rows });
  }
  const own = { kernel: loop, counter };
  return follows(own) ? { links: found, units: [...units, own] } : undefined;
}

/** Lengths of axes that are rows of so many steps. */
function rowsOf(kernel: PlainKernel, steps: number): number[] {
  const axes = ((): readonly number[] => {
    if (kernel.kind === "product") return kernel.c.shape.slice(0, -1);
    if (kernel.kind === "reduce") return kernel.kept;
    return kernel.kind === "map" ? kernel.shape : [];
  })();
  return [...new Set(axes.filter((length) => length > 0 && length % steps === 0))];
}

/** Whether a step of `b` needs a later step of `a`, which comes first where nothing is cut. */
const needsLater = (a: Unit, b: Unit): boolean =>
  meet(a.kernel, b.kernel, (x, y) => {
    const [ofA, ofB] = [alongSteps(x, a.counter), alongSteps(y, b.counter)];
    const { stride } = ofA;
    // With different strides, steps that meet may be any.
    if (stride !== ofB.stride) return mayOverlap(inAllSteps(x), inAllSteps(y));
    // Step j + 1 + d of a beside step j of b: j plays no part, d is an axis.
    const most = a.counter.length - 2;
    const later: View = {
      ...ofA.view,
      offset: ofA.view.offset + stride + (stride < 0 ? stride * most : 0),
      shape: [most + 1, ...ofA.view.shape],
      strides: [Math.abs(stride), ...ofA.view.strides],
    };
    return mayOverlap(later, ofB.view);
  });

/** A view in the first step that a loop makes, in all steps of other loops, and what each further step adds. */
function alongSteps(view: View, counter: LoopCounter): { readonly view: View; readonly stride: number } {
  const isOwn = ({ counter: other, alternate }: View["advances"][number]): boolean =>
    other === counter && alternate === undefined;
  const stride = view.advances.filter(isOwn).reduce((sum, advance) => sum + advance.stride, 0);
  const start = counter.reverse ? stride * (counter.length - 1) : 0;
  const others = view.advances.filter((advance) => !isOwn(advance));
  const first = inAllSteps({ ...view, offset: view.offset + start, advances: others });
  return { view: first, stride: counter.reverse ? -stride : stride };
}

/**
 * How the stages run in the least time: neighbours on one thread, every thread with about as much to do; undefined where
 * that gains too little.
 */
function cutIntoRounds(stages: readonly Stage[], count: number, leastCost: number): Rounds | undefined {
  const costs = stages.map(({ loop }) => costOf(loop));
  const links = stages.map((stage) => stage.links.reduce((sum, { kernel }) => sum + costOf(kernel), 0));
  const [total, between] = [sumOf(costs), sumOf(links)];
  if (stages.length < 2 || total < leastCost) return undefined;
  const places = costs.map((cost, l) => Math.floor(((sumOf(costs.slice(0, l)) + cost / 2) / total) * count));
  const used = [...new Set(places)];
  const threads = places.map((place) => used.indexOf(place));
  const own = costs.map((cost, l) => (isShared(threads, l) ? cost : cost + links[l]!));
  const loads = used.map((_, thread) => sumOf(own.filter((_, l) => threads[l] === thread)));
  const sharedLinks = sumOf(links.filter((_, l) => isShared(threads, l))) / count;
  const steps = stages[0]!.loop.counter.length;
  const shared = sumOf(stages.map(({ loop }) => costOfSharing(loop, count))) + between / count;
  let [best, least]: [Rounds | undefined, number] = [
    undefined,
    Math.min(MOST_LEFT * (total + between), MOST_LEFT_OF_SHARING * shared),
  ];
  for (let wanted = 2; wanted <= Math.min(MOST_PARTS, steps); wanted++) {
    const size = Math.floor(steps / wanted);
    const parts = Math.floor(steps / size);
    const first = steps - size * parts;
    const rounds = parts + used.length - 1;
    const cost =
      (first * (total + between) + size * (rounds * Math.max(...loads) + parts * sharedLinks)) / steps +
      rounds * ROUND * leastCost;
    if (cost <= least) [best, least] = [{ threads, first, parts, size }, cost];
  }
  return best;
}

/** About how many nanoseconds a loop takes in which threads share every kernel that is worth it. */
function costOfSharing(kernel: Kernel, count: number): number {
  if (kernel.kind === "loop")
    return kernel.counter.length * sumOf(kernel.body.map((part) => costOfSharing(part, count)));
  const cost = costOf(kernel);
  return cost < LEAST_SHARED ? cost : cost / count + MEETING;
}

/** Whether the links of a stage are between two threads. */
const isShared = (threads: readonly number[], stage: number): boolean =>
  stage > 0 && threads[stage] !== threads[stage - 1];

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Writes stages as a loop over rounds: threads make parts of their loops, then all of them what lies between these. */
class PipelineWriter {
  /** Counters of the stages, and whose they are. */
  readonly threads = new Map<LoopCounter, number>();
  readonly #rounds: Rounds;
  readonly #steps: LoopCounter;
  readonly #round: LoopCounter;
  #id: number;

  constructor(rounds: Rounds, steps: LoopCounter, id: number) {
    this.#rounds = rounds;
    this.#steps = steps;
    this.#round = { id, length: rounds.parts + Math.max(...rounds.threads), reverse: false };
    this.#id = id;
  }

  write(stages: readonly Stage[]): Kernel[] {
    const { threads, first } = this.#rounds;
    const { length, reverse } = this.#steps;
    const start = { rows: first, from: reverse ? length - first : 0 };
    const before = ({ links, loop }: Stage): Kernel[] => [
      ...this.#cut(links, start),
      copyOf({ ...loop, part: { from: 0, length: first } }),
    ];
    const loops = stages.map(({ links, loop }, l) => {
      const part = this.#part(threads[l]!, isShared(threads, l) ? [] : links, loop);
      this.threads.set(part.counter, threads[l]!);
      return part;
    });
    const between = stages.flatMap(({ links }, l) =>
      isShared(threads, l) && links.length > 0 ? [this.#part(threads[l]! - 1, links)] : [],
    );
    const nodes = loops.flatMap(({ nodes }) => nodes);
    const rounds: LoopKernel = { kind: "loop", counter: this.#round, body: [...loops, ...between], nodes };
    return first > 0 ? [...stages.flatMap(before), rounds] : [rounds];
  }

  /** In round r, part r - lag. */
  #part(lag: number, links: readonly Link[], loop?: LoopKernel): LoopKernel {
    const { first, parts, size } = this.#rounds;
    const { reverse } = this.#steps;
    const counter: LoopCounter = { id: ++this.#id, length: parts, reverse };
    const cut = this.#cut(links, { rows: size, from: reverse ? 0 : first, counter });
    const own = loop ? [{ ...loop, part: { from: first, length: size, of: counter } }] : [];
    const nodes = (loop ?? links[0]!.kernel).nodes;
    return {
      kind: "loop",
      counter,
      part: { from: -lag, length: 1, of: this.#round },
      body: [...cut, ...own],
      nodes,
    };
  }

  /** Links for some steps. */
  #cut(links: readonly Link[], { rows, from, ...rest }: Cut): PlainKernel[] {
    return links.map(({ kernel, rows: all }) => {
      const each = all / this.#steps.length;
      return new RowSplit(new Set(), all, { ...rest, rows: rows * each, from: from * each }).plain(kernel)!;
    });
  }
}

/** The same kernels as objects of their own: threads take part in them otherwise. */
const copyOf = (kernel: Kernel): Kernel =>
  kernel.kind === "loop" ? { ...kernel, body: kernel.body.map(copyOf) } : { ...kernel };
