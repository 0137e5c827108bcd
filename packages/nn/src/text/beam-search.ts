import {
  add,
  arange,
  argmax,
  broadcastTo,
  cast,
  constant,
  equal,
  expandDims,
  GraphError,
  greaterEqual,
  logicalOr,
  logSoftmax,
  max,
  mul,
  type NDArray,
  reshape,
  scan,
  sub,
  sum,
  type Tensor,
  take,
  takeAlong,
  transpose,
  where,
  zeros,
} from "@org/core";
import { mapStates } from "../states.ts";
import type { Call, Carry, Collection, Decoding } from "./decoding.ts";

interface BeamOptions {
  readonly batch: number;
  readonly beams: number;
  readonly stop?: number;
  readonly lengthPenalty?: number;
}

/**
 * The `beams` likeliest texts so far, side by side. In a step each goes on with every class; of all these, the `beams`
 * likeliest stay. A text that ended goes on with nothing but its stop, which costs nothing.
 */
export function beamSearch(options: BeamOptions): Decoding {
  const { batch, beams, stop, lengthPenalty = 0, ...others } = options;
  for (const name of ["temperature", "topK", "topP", "random"] as const) {
    if ((others as Record<string, unknown>)[name] === undefined) continue;
    throw new GraphError({
      op: "generate",
      problem: `a search with beams draws nothing, but ${name} is given`,
    });
  }
  if (!Number.isFinite(lengthPenalty)) {
    const problem = `lengthPenalty is a finite number, received ${lengthPenalty}`;
    throw new GraphError({ op: "generate", problem });
  }
  const own = broadcastTo(arange(beams), [batch, beams]);
  return {
    first: (dtype) => ({
      // At first all beams are the same text: one of them counts.
      scores: broadcastTo(where(equal(arange(beams), 0), constant(0, dtype), -Infinity), [batch, beams]),
      ended: zeros([batch, beams], "bool"),
    }),
    choose(carry, { logits, writes }) {
      const classes = logits.shape[1]!;
      const { scores, ended } = carry as Carry & { readonly scores: Tensor; readonly ended: Tensor };
      const next = reshape(logSoftmax(logits), [batch, beams, classes]);
      const isStop = equal(arange(classes), stop ?? -1);
      const going = where(expandDims(ended, -1), where(isStop, constant(0, next.dtype), -Infinity), next);
      const totals = reshape(add(expandDims(scores, -1), going), [batch, beams * classes]);
      const { places, values } = largest(totals, beams);
      // place = parent · classes + id, without a division.
      const bounds = mul(add(arange(beams - 1), 1), classes);
      const from = sum(cast(greaterEqual(expandDims(places, -1), bounds), "i32"), { axis: -1 });
      const ids = sub(places, mul(from, classes));

      // Before the last id of a prompt is read, beams stay what they are.
      const counts = expandDims(writes, -1);
      const parents = where(counts, from, own);
      const was = takeAlong(ended, parents, { axis: 1 });
      const after = {
        scores: where(counts, values, scores),
        ended: where(counts, logicalOr(was, equal(ids, stop ?? -1)), ended),
      };
      const rows = reshape(add(parents, mul(expandDims(arange(batch), 1), beams)), [batch * beams]);
      const state = mapStates([carry.state], (part) => take(part, rows));
      return {
        carry: { ...carry, state, ids: reshape(ids, [batch * beams]), ...after },
        y: { ids, parents, ...after },
      };
    },
    collect: (prompts, call) => new Beams(prompts, call, { stop, lengthPenalty }),
  };
}

/** The `count` largest of each row and where they are, the largest first; of equal ones, the earlier first. */
function largest(values: Tensor, count: number): { places: Tensor; values: Tensor } {
  const { ys } = scan(
    (left: Tensor) => {
      const place = argmax(left, { axis: -1 });
      const taken = equal(arange(values.shape[1]!), expandDims(place, -1));
      return { carry: where(taken, -Infinity, left), y: { place, value: max(left, { axis: -1 }) } };
    },
    { init: values, length: count },
  );
  return { places: transpose(ys.place), values: transpose(ys.value) };
}

/** Steps of a search, read backwards from where each row's texts end. */
class Beams implements Collection {
  readonly #prompts: readonly ArrayLike<number>[];
  readonly #call: Call;
  readonly #options: { readonly stop: number | undefined; readonly lengthPenalty: number };
  /** Of each step, `[batch][beams]`. */
  readonly #steps: { ids: number[][]; parents: number[][]; scores: number[][]; ended: boolean[][] }[] = [];

  constructor(
    prompts: readonly ArrayLike<number>[],
    call: Call,
    options: { readonly stop: number | undefined; readonly lengthPenalty: number },
  ) {
    this.#prompts = prompts;
    this.#call = call;
    this.#options = options;
  }

  /** The step after which a row has its full length. */
  #last(row: number): number {
    return this.#prompts[row]!.length - 2 + this.#call.length;
  }

  ended(): boolean {
    const step = this.#steps.at(-1);
    if (!step) return false;
    return this.#prompts.every((_, row) => {
      if (this.#steps.length > this.#last(row)) return true;
      // A beam that cannot be is none to wait for.
      return step.ended[row]!.every((ended, beam) => ended || step.scores[row]![beam] === -Infinity);
    });
  }

  take(steps: Readonly<Record<string, NDArray>>): void {
    const [ids, parents, scores, ended] = ["ids", "parents", "scores", "ended"].map((name) =>
      steps[name]!.toNested(),
    ) as unknown as [number[][][], number[][][], number[][][], boolean[][][]];
    for (const [t, step] of ids.entries())
      this.#steps.push({ ids: step, parents: parents[t]!, scores: scores[t]!, ended: ended[t]! });
  }

  finish(): Int32Array[] {
    return this.#prompts.map((_, row) => {
      const texts = this.#textsOf(row);
      const best = texts.reduce((best, text) => (text.score > best.score ? text : best));
      const ids = Int32Array.from(best.ids);
      if (ids.length > 0) this.#call.onIds?.(ids, row);
      return ids;
    });
  }

  #textsOf(row: number): { ids: number[]; score: number }[] {
    const { stop, lengthPenalty } = this.#options;
    const last = Math.min(this.#last(row), this.#steps.length - 1);
    return this.#steps[last]!.scores[row]!.map((total, beam) => {
      const ids: number[] = [];
      let at = beam;
      for (let t = last; t > this.#prompts[row]!.length - 2; t--) {
        ids.unshift(this.#steps[t]!.ids[row]![at]!);
        at = this.#steps[t]!.parents[row]![at]!;
      }
      const end = stop === undefined ? -1 : ids.indexOf(stop);
      const length = end < 0 ? ids.length : end + 1; // the stop counts
      return { ids: end < 0 ? ids : ids.slice(0, end), score: total / ((5 + length) / 6) ** lengthPenalty };
    });
  }
}
