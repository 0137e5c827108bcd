import {
  type ArrayValue,
  array,
  checkOptionNames,
  checkOptionValues,
  GraphError,
  ShapeError,
} from "@org/core";
import { count, size } from "../option-values.ts";
import { checkLengths } from "../ragged.ts";

/** What both searches take. */
export interface CtcDecodeOptions {
  /** How many steps each sequence has, `[batch]`; what the others hold has no effect. Default: all. */
  readonly lengths?: ArrayValue;
  /** The class that stands for no label. @default 0 */
  readonly blank?: number;
}

/** What a sequence says. */
export interface CtcDecoding {
  /** Classes, without blanks. */
  readonly labels: readonly number[];
  /** In nats: of one path for the greedy search, of all paths that were followed for the search with beams. */
  readonly logProbability: number;
}

/**
 * What the likeliest path says, for each sequence: the likeliest class of every step (of equal ones, the earlier), repeated
 * ones merged, blanks left out. Another target may be likelier, since many paths say it: `ctcBeamSearch`.
 * Values, not tensors.
 * Shapes: `logits [time, batch, classes]` → one decoding for each sequence
 * Source: Graves, Fernández, Gomez & Schmidhuber 2006, section 3.2, "best path decoding".
 * @throws ShapeError where shapes don't fit; GraphError for lengths and a blank that are none, and for a step without
 *   probabilities (NaN, ∞, or -∞ alone)
 * @example
 * const steps = [[[0, 9, 0]], [[0, 9, 0]], [[9, 0, 0]], [[0, 0, 9]]]; // 1 1 _ 2
 * ctcGreedyDecode(steps)[0].labels; // → [1, 2]
 */
export function ctcGreedyDecode(logits: ArrayValue, options: CtcDecodeOptions = {}): CtcDecoding[] {
  const op = "ctcGreedyDecode";
  const { lengths, blank = 0 } = checkOptionNames(op, options, "lengths blank");
  return sequencesOf(op, logits, lengths, blank).map((steps) => {
    const path = steps.map((step) => step.reduce((best, x, label) => (x > step[best]! ? label : best), 0));
    return {
      labels: path.filter((label, t) => label !== blank && label !== path[t - 1]),
      logProbability: path.reduce((sum, label, t) => sum + steps[t]![label]!, 0),
    };
  });
}

/** What `ctcBeamSearch` takes. */
export interface CtcBeamSearchOptions extends CtcDecodeOptions {
  /** How many beginnings are followed from step to step. @default 100 */
  readonly beams?: number;
  /** How many of the likeliest are returned. @default 1 */
  readonly paths?: number;
}

/**
 * The likeliest targets of each sequence, the likeliest first. Each beginning of a target (prefix) that is followed has the
 * probabilities of all paths that say it, apart for those that end with a blank and those that end with its last label:
 *
 *     blank(l)    ← p(blank) (blank(l) + label(l))
 *     label(l)    ← p(last of l) label(l)
 *     label(l, c) ← p(c) (blank(l) + label(l), or blank(l) alone where c is the last of l)
 *
 * With as many beams as there are prefixes it is exact: the probability of a target is `exp(-ctcLoss)`. Values, not
 * tensors.
 * Shapes: `logits [time, batch, classes]` → for each sequence up to `paths` decodings, fewer where no more can be
 * Source: Graves & Jaitly 2014, algorithm 1, without a language model; TensorFlow's `ctc_beam_search_decoder`.
 * @throws ShapeError where shapes don't fit; GraphError for lengths, a blank, beams and paths that are none, and for a step
 *   without probabilities (NaN, ∞, or -∞ alone)
 * @example
 * const half = [[[0.6, 0.4]], [[0.6, 0.4]]].map((step) => [step[0].map(Math.log)]); // a blank and one label, two steps
 * ctcGreedyDecode(half)[0].labels; // → []
 * ctcBeamSearch(half)[0][0].labels; // → [1]
 * Math.exp(ctcBeamSearch(half)[0][0].logProbability); // → 0.64
 */
export function ctcBeamSearch(logits: ArrayValue, options: CtcBeamSearchOptions = {}): CtcDecoding[][] {
  const op = "ctcBeamSearch";
  checkOptionNames(op, options, "lengths blank beams paths");
  const { lengths, blank = 0, beams = 100, paths = 1 } = options;
  checkOptionValues(op, { beams: [beams, size], paths: [paths, size] });
  return sequencesOf(op, logits, lengths, blank).map((steps) =>
    search(steps, blank, beams)
      .slice(0, paths)
      .map((prefix) => ({ labels: labelsOf(prefix), logProbability: total(prefix) })),
  );
}

/** The beginning of a target, in the tree of all: one object for each, whenever it is followed. */
interface Prefix {
  readonly parent: Prefix | undefined;
  /** Its last label; the blank for the empty one. */
  readonly last: number;
  readonly longer: Map<number, Prefix>;
  /** Logarithms of what the paths so far weigh that end with a blank, and with the last label. */
  blank: number;
  label: number;
  /** The steps after which it was followed last. */
  followed: number;
}

interface Candidate {
  readonly of: Prefix;
  /** The label that makes the prefix longer; undefined for the prefix itself. */
  readonly next: number | undefined;
  readonly blank: number;
  readonly label: number;
}

const total = ({ blank, label }: Pick<Prefix, "blank" | "label">): number => logSum(blank, label);

function search(steps: readonly Float64Array[], blank: number, beams: number): Prefix[] {
  let held: Prefix[] = [prefix(undefined, blank)];
  held[0]!.blank = 0;
  steps.forEach((step, t) => {
    // A prefix that is new comes from one alone, so that of its labels no more than the `beams` likeliest can stay; besides
    // them its last one, which weighs less.
    const likely = Array.from(step.keys())
      .filter((label) => label !== blank)
      .sort((a, b) => step[b]! - step[a]!)
      .slice(0, beams + 1);
    const longer = (of: Prefix, label: number): number =>
      step[label]! + (label === of.last ? of.blank : total(of));
    const candidates: Candidate[] = held.flatMap((of) => {
      const { parent, last } = of;
      const again = parent ? step[last]! + of.label : -Infinity;
      const grown = parent?.followed === t ? longer(parent, last) : -Infinity;
      const stays = { of, next: undefined, blank: step[blank]! + total(of), label: logSum(again, grown) };
      const others = likely.filter((label) => !parent || label !== last).slice(0, beams);
      const labels = parent ? [...others, last] : others;
      const isNew = (label: number): boolean => of.longer.get(label)?.followed !== t;
      return [
        stays,
        ...labels.filter(isNew).map((next) => ({ of, next, blank: -Infinity, label: longer(of, next) })),
      ];
    });
    held = candidates
      .filter((each) => total(each) > -Infinity)
      .sort((a, b) => total(b) - total(a))
      .slice(0, beams)
      .map(({ of, next, blank, label }) => Object.assign(child(of, next), { blank, label, followed: t + 1 }));
  });
  return held;
}

const prefix = (parent: Prefix | undefined, last: number): Prefix => ({
  parent,
  last,
  longer: new Map(),
  blank: -Infinity,
  label: -Infinity,
  followed: 0,
});

function child(of: Prefix, next: number | undefined): Prefix {
  if (next === undefined) return of;
  const known = of.longer.get(next);
  if (known) return known;
  const made = prefix(of, next);
  of.longer.set(next, made);
  return made;
}

function labelsOf(prefix: Prefix): number[] {
  const labels: number[] = [];
  for (let at = prefix; at.parent; at = at.parent) labels.push(at.last);
  return labels.reverse();
}

/** `ln(eᵃ + eᵇ)` */
function logSum(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  return large === -Infinity ? large : large + Math.log1p(Math.exp(small - large));
}

/** `ln softmax` of the steps that count, sequence by sequence. @throws ShapeError, GraphError */
function sequencesOf(
  op: string,
  logits: ArrayValue,
  lengths: ArrayValue | undefined,
  blank: number,
): Float64Array[][] {
  const { shape, data } = array(logits, { dtype: "f64" }, op);
  if (shape.length !== 3) {
    throw new ShapeError({
      op,
      problem: "logits have axes of time, batch and classes",
      operands: [{ label: "logits", shape }],
      rule: "[time, batch, classes]",
    });
  }
  const [time, batch, classes] = shape as readonly [number, number, number];
  checkOptionValues(op, { blank: [blank, count] });
  if (blank >= classes)
    throw new GraphError({ op, problem: `blank is one of ${classes} classes, received ${blank}` });
  if (lengths !== undefined) checkLengths(op, lengths, time, batch);
  const ends = lengths === undefined ? new Float64Array(batch).fill(time) : array(lengths, {}, op).data;
  return Array.from({ length: batch }, (_, row) =>
    Array.from({ length: ends[row]! }, (_, t) => {
      const at = (t * batch + row) * classes;
      return logSoftmax(op, data.slice(at, at + classes) as Float64Array, t, row);
    }),
  );
}

function logSoftmax(op: string, step: Float64Array, t: number, row: number): Float64Array {
  const largest = step.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(largest)) {
    const problem = `step ${t} of sequence ${row} has no probabilities, its largest logit is ${largest}`;
    throw new GraphError({ op, problem });
  }
  const norm = largest + Math.log(step.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  return step.map((x) => x - norm);
}
