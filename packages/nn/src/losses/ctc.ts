import {
  add,
  arange,
  broadcastTo,
  cast,
  checkOptionNames,
  checkOptionValues,
  concat,
  constant,
  DTypeError,
  div,
  equal,
  exp,
  expandDims,
  GraphError,
  less,
  log,
  logicalAnd,
  logSoftmax,
  maximum,
  neg,
  type Operand,
  ShapeError,
  scan,
  slice,
  squeeze,
  stopGradient,
  sub,
  Tensor,
  take,
  takeAlong,
  tensorBeside,
  where,
  withScope,
} from "@org/core";
import { flag } from "../option-values.ts";
import { checkLengths, longest } from "../ragged.ts";
import { mapStates } from "../states.ts";
import { type LossOptions, reduced } from "./reduction.ts";

/** What `ctcLoss` takes. */
export interface CtcLossOptions extends LossOptions {
  /** How many steps each sequence has, `[batch]`; what the others hold has no effect. Default: all. */
  readonly lengths?: Operand;
  /** How many labels each target has, `[batch]`, from 0; what the others hold has no effect. Default: all. */
  readonly labelLengths?: Operand;
  /** The class that stands for no label. @default 0 */
  readonly blank?: number;
  /** Whether a target that its sequence is too short for costs 0 instead of ∞. @default false */
  readonly zeroInfinity?: boolean;
}

/**
 * Connectionist temporal classification: how unlikely a target is, whichever steps its labels stand at,
 * `E = -ln Σ_π Π_t softmax(logits_t)[π_t]`, over all paths π that become the target when repeated classes are merged and
 * blanks are left out. One loop over time, forward in logarithms; its gradient is the loop backward.
 * Shapes:   `logits [time, batch, classes], labels i32 [batch, labels]` → a scalar, or `[batch]` with
 *   `reduction: "none"`. Logarithms of probabilities are logits too, and stay as they are
 * Gradient: `softmax(logits_t) - P(π_t | target)`; 0 where no path fits. The mean is PyTorch's: of each loss divided by the
 *   number of its labels (at least 1)
 * @throws ShapeError where shapes don't fit and, when evaluated, for a label that is no class or the blank; GraphError for
 *   lengths and a blank that are none
 * Source: Graves, Fernández, Gomez & Schmidhuber 2006, equations 5 to 8.
 * @example
 * const half = [[[0, 0]], [[0, 0]]]; // two steps, a blank and one label: 3 of the 4 paths say it once
 * ctcLoss(half, [[1]]); // → 0.2876821
 * ctcLoss(half, [[1, 1]]); // → Infinity
 * ctcLoss(half, [[1, 1]], { zeroInfinity: true }); // → 0
 */
export function ctcLoss(logits: Operand, labels: Operand, options: CtcLossOptions = {}): Tensor {
  checkOptionNames("ctcLoss", options, "lengths labelLengths blank zeroInfinity reduction weights mask");
  const beside = options.weights === undefined ? [] : [options.weights];
  return withScope("ctcLoss", () =>
    build(
      tensorBeside(logits, beside, "ctcLoss"),
      labels instanceof Tensor ? labels : constant(labels, "i32", "ctcLoss"),
      options,
    ),
  );
}

function build(logits: Tensor, given: Tensor, options: CtcLossOptions): Tensor {
  const { blank = 0, zeroInfinity = false, lengths, labelLengths, reduction = "mean" } = options;
  checkOptionValues("ctcLoss", { zeroInfinity: [zeroInfinity, flag] });
  const [time, batch, count, classes] = checkShapes(logits, given, blank);
  const ends = lengths === undefined ? undefined : checkLengths("ctcLoss", lengths, time, batch);
  const sizes =
    labelLengths === undefined
      ? constant(new Int32Array(batch).fill(count))
      : checkLengths("ctcLoss", labelLengths, count, batch, {
          name: "labelLengths",
          whole: "targets",
          parts: "labels",
        });
  const labels = known(given, sizes, { classes, blank });
  const active = ends && expandDims(less(expandDims(arange(time), 1), expandDims(ends, 0)), 2);
  const logarithms = logSoftmax(active ? where(active, logits, 0) : logits);
  const losses = neg(
    atEnd(paths(logarithms, labels, { blank, active, steps: ends && longest(ends) }), sizes),
  );
  const kept = zeroInfinity ? where(equal(losses, Infinity), 0, losses) : losses;
  const mean = reduction === "mean" ? div(kept, cast(maximum(sizes, 1), kept.dtype)) : kept;
  return reduced("ctcLoss", mean, { ...options, reduction });
}

/** Logarithms of what all paths of the steps so far weigh, by where in the target they stand. */
type Paths = {
  /** At a blank behind k labels, `[batch, labels + 1]`. */
  readonly blanks: Tensor;
  /** At label k, `[batch, labels]`. */
  readonly labels: Tensor;
};

/**
 * In every step a path stays where it is, or goes from a blank to the next label, from a label to the blank behind it, or
 * to the next label at once, where that is another class:
 *
 *     blank_k ← p(blank) (blank_k + label_{k-1})
 *     label_k ← p(y_k) (label_k + blank_k + label_{k-1} where y_k ≠ y_{k-1})
 *
 * Before the first step it stands at the blank behind no label.
 */
function paths(
  logarithms: Tensor,
  classes: Tensor,
  {
    blank,
    active,
    steps,
  }: { readonly blank: number; readonly active: Tensor | undefined; readonly steps: Tensor | undefined },
): Paths {
  const [time, batch] = logarithms.shape as [number, number];
  const count = classes.shape[1]!;
  const filled = (value: number, columns: number): Tensor =>
    broadcastTo(constant(value, logarithms.dtype), [batch, columns]);
  /** Those of the label before. */
  const shifted = (x: Tensor): Tensor =>
    concat([filled(-Infinity, 1), slice(x, [0, 0], [batch, count - 1])], { axis: 1 });
  const starts = slice(classes, [0, 0], [batch, count - 1]);
  const repeats = concat(
    [broadcastTo(constant(true), [batch, 1]), equal(slice(classes, [0, 1], [batch, count]), starts)],
    { axis: 1 },
  );
  const { carry } = scan(
    ({ blanks, labels }: Paths, at: { blank: Tensor; label: Tensor; active?: Tensor }) => {
      const next: Paths = {
        blanks: add(at.blank, logSum(blanks, concat([filled(-Infinity, 1), labels], { axis: 1 }))),
        labels: add(
          at.label,
          logSum(labels, slice(blanks, [0, 0], [batch, count]), where(repeats, -Infinity, shifted(labels))),
        ),
      };
      if (!at.active) return { carry: next };
      return { carry: mapStates([next, { blanks, labels }], (now, old) => where(at.active!, now, old!)) };
    },
    {
      init: {
        blanks: concat([filled(0, 1), filled(-Infinity, count)], { axis: 1 }),
        labels: filled(-Infinity, count),
      },
      xs: {
        blank: slice(logarithms, [0, 0, blank], [time, batch, blank + 1]),
        label: takeAlong(logarithms, broadcastTo(expandDims(classes, 0), [time, batch, count])),
        ...(active && { active }),
      },
      ...(steps && { count: steps }),
    },
  );
  return carry;
}

/** What paths weigh that have said everything: they stand at the last label or the blank behind it. */
function atEnd({ blanks, labels }: Paths, sizes: Tensor): Tensor {
  const at = (x: Tensor, place: Tensor): Tensor => squeeze(takeAlong(x, expandDims(place, 1)), { axis: 1 });
  const last = where(equal(sizes, 0), -Infinity, at(labels, maximum(sub(sizes, 1), 0)));
  return logSum(at(blanks, sizes), last);
}

/** `ln Σ eˣ`, elementwise; where all are -∞ it is too, with a gradient of 0. */
function logSum(...terms: readonly Tensor[]): Tensor {
  const largest = stopGradient(terms.reduce((a, b) => maximum(a, b)));
  const nothing = equal(largest, -Infinity);
  const base = where(nothing, 0, largest);
  const total = terms.map((x) => exp(sub(x, base))).reduce((a, b) => add(a, b));
  return where(nothing, -Infinity, add(base, log(where(nothing, 1, total))));
}

/** Labels with any class in the place of those that don't count, and at least one column. Looking one up that is no class is an error. */
function known(
  labels: Tensor,
  sizes: Tensor,
  { classes, blank }: { readonly classes: number; readonly blank: number },
): Tensor {
  const [batch, count] = labels.shape as [number, number];
  if (count === 0) return broadcastTo(constant(0, "i32"), [batch, 1]);
  const counted = less(arange(count), expandDims(sizes, 1));
  const check = { op: "ctcLoss", word: "label", of: `${classes} classes`, negative: false };
  const label = take(arange(classes), where(counted, labels, 0), { check });
  const isBlank = logicalAnd(counted, equal(label, blank));
  const problem = `label ${blank} is the blank, which no target holds`;
  return take(arange(classes), where(isBlank, classes, label), { check: { ...check, problem } });
}

/** @throws ShapeError, DTypeError, GraphError */
function checkShapes(
  logits: Tensor,
  labels: Tensor,
  blank: number,
): [time: number, batch: number, count: number, classes: number] {
  const [time, batch, classes] = logits.shape as [number, number, number];
  const complaint = {
    op: "ctcLoss",
    operands: [
      { label: "logits", shape: logits.shape, dtype: logits.dtype, name: logits.name },
      { label: "labels", shape: labels.shape, dtype: labels.dtype, name: labels.name },
    ],
    rule: "[time, batch, classes], i32 [batch, labels] → scalar",
  };
  if (logits.shape.length !== 3 || labels.shape.length !== 2 || labels.shape[0] !== batch) {
    throw new ShapeError({ ...complaint, problem: "a target goes with each sequence of logits" });
  }
  if (labels.dtype !== "i32") {
    throw new DTypeError({ ...complaint, problem: `labels are i32, received ${labels.dtype}` });
  }
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes)) {
    const problem = `blank is one of ${classes} classes, received ${blank}`;
    throw new GraphError({ ...complaint, problem });
  }
  return [time, batch, labels.shape[1]!, classes];
}
