import { ShapeError, type Tensor } from "@org/core";

/** What `x` has to be, and who says so. */
export interface SequenceRule {
  /** The layer, or the cell. */
  readonly op: string;
  /** The last axis, where that is known. */
  readonly inputSize?: number | undefined;
  /** @default "time-major" */
  readonly layout?: "time-major" | "batch-major";
}

/** What to do where the axes of time and batch seem to be in the wrong order. */
export const SWAPPED =
  "with the first two axes of x swapped it would fit; a layer's layout says which of them comes first";

/**
 * The sizes of a batch of sequences.
 * @throws ShapeError for an `x` without the axes of time and batch, or with a last axis that the cell does not take
 */
export function checkSequence(x: Tensor, rule: SequenceRule): [time: number, batch: number] {
  const { inputSize, layout = "time-major" } = rule;
  const [first, second, ...rest] = x.shape;
  const fits = inputSize === undefined || (rest.length === 1 && rest[0] === inputSize);
  if (first === undefined || second === undefined || !fits) throw refusal(x, rule);
  return layout === "time-major" ? [first, second] : [second, first];
}

function refusal(
  { shape, dtype, name }: Tensor,
  { op, inputSize, layout = "time-major" }: SequenceRule,
): ShapeError {
  const axes = layout === "time-major" ? "time, batch" : "batch, time";
  const hint = hintFor(shape, inputSize, layout);
  return new ShapeError({
    op,
    problem: `expected x [${axes}, ${inputSize ?? "..."}], received [${shape.join(", ")}]`,
    operands: [{ label: "x", shape, dtype, name }],
    rule:
      inputSize === undefined
        ? `x [${axes}, ...]`
        : `x [${axes}, inputSize]: inputSize is ${inputSize}, layout "${layout}"`,
    ...(hint && { hint }),
  });
}

/** A remedy, where there is one. */
function hintFor(
  shape: readonly number[],
  inputSize: number | undefined,
  layout: "time-major" | "batch-major",
): string | undefined {
  if (inputSize === undefined) return undefined;
  if (shape.length === 2 && shape[1] === inputSize) {
    return `one sequence is a batch of one: expandDims(x, ${layout === "time-major" ? 1 : 0})`;
  }
  const axis = shape.indexOf(inputSize);
  if (shape.length === 3 && axis >= 0 && axis === shape.lastIndexOf(inputSize)) {
    return `the axis of ${inputSize} comes last: swapAxes(x, ${axis}, 2)`;
  }
  return undefined;
}
