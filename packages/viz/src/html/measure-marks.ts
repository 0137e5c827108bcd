import { evaluate, type Feeds, grad, type NDArray, type Tensor } from "@org/core";
import { isFloat } from "../graph/describe.ts";
import type { Mark } from "../graph/picture.ts";
import type { MarkData } from "./page-data.ts";
import { normOf, statisticsOf, toJsonNumber } from "./statistics.ts";
import { writeOut } from "./written-out.ts";

/** What is known of a mark's value. */
export type Measurement = Pick<MarkData, "values" | "gradient">;

/**
 * The values of marks, and `‖∂L/∂mark‖` where the first of the tensors is a scalar `L` of floats, in one evaluation.
 * `most` is how many steps of each loop the marks show.
 * @throws FeedError
 */
export function measureMarks(
  tensors: readonly Tensor[],
  marks: readonly Mark[],
  most: number,
  feeds: Feeds,
): (mark: Mark) => Measurement {
  const graph = writeOut(tensors, most);
  const copyOf = ({ kind, tensor, step }: Mark): Tensor | undefined =>
    tensor && kind !== "loop" ? graph.find(tensor, step) : undefined;
  const copies = [...new Set(marks.flatMap((mark) => copyOf(mark) ?? []))];
  const [first] = tensors;
  const loss = first?.shape.length === 0 && isFloat(first) ? graph.find(first, undefined) : undefined;
  const floats = loss ? copies.filter(isFloat) : [];
  const slopes = loss ? grad(loss, floats) : [];
  const results = evaluate([...copies, ...slopes], feeds);
  const values = new Map<Tensor, NDArray>(copies.map((copy, i) => [copy, results[i]!]));
  const gradients = new Map<Tensor, NDArray>(floats.map((copy, i) => [copy, results[copies.length + i]!]));
  return (mark) => {
    const copy = copyOf(mark);
    const value = copy && values.get(copy);
    const gradient = copy && gradients.get(copy);
    return {
      ...(value && { values: statisticsOf(value) }),
      ...(gradient && { gradient: toJsonNumber(normOf(gradient)) }),
    };
  };
}
