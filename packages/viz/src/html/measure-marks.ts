import { array, evaluate, type Feeds, grad, type NDArray, type Tensor } from "@org/core";
import { isFloat } from "../graph/describe.ts";
import type { Mark } from "../graph/picture.ts";
import type { Shown } from "../graph/vertex.ts";
import type { MarkData } from "./page-data.ts";
import { normOf, statisticsOf, toJsonNumber } from "./statistics.ts";
import { writeOut } from "./written-out.ts";

/** What is known of a mark's value. */
export type Measurement = Pick<MarkData, "values" | "gradient">;

/**
 * The values of marks, and `‖∂L/∂mark‖` where the first of the tensors is a scalar `L` of floats, in one evaluation.
 * `shown` is which steps of each loop the marks show.
 * @throws FeedError
 */
export function measureMarks(
  tensors: readonly Tensor[],
  marks: readonly Mark[],
  shown: Shown,
  feeds: Feeds,
): (mark: Mark) => Measurement {
  const graph = writeOut(tensors, shown);
  const copyOf = ({ kind, tensor, step, part }: Mark): Tensor | undefined =>
    tensor && kind !== "loop" ? graph.find(tensor, part ? undefined : step) : undefined;
  const copies = [...new Set(marks.flatMap((mark) => copyOf(mark) ?? []))];
  const [first] = tensors;
  const loss = first?.shape.length === 0 && isFloat(first) ? graph.find(first, undefined) : undefined;
  const floats = loss ? copies.filter((copy) => isFloat(copy) && graph.isTied(copy)) : [];
  const slopes = loss ? grad(loss, floats) : [];
  const results = evaluate([...copies, ...slopes], feeds);
  const values = new Map<Tensor, NDArray>(copies.map((copy, i) => [copy, results[i]!]));
  const gradients = new Map<Tensor, NDArray>(floats.map((copy, i) => [copy, results[copies.length + i]!]));
  return (mark) => {
    const copy = copyOf(mark);
    const value = copy && values.get(copy);
    const gradient = copy && gradients.get(copy);
    return {
      ...(value && { values: statisticsOf(rowsOf(value, mark)) }),
      ...(gradient && { gradient: toJsonNumber(normOf(rowsOf(gradient, mark))) }),
    };
  };
}

/** The rows that a mark shows of a value that has those of all steps. */
function rowsOf(value: NDArray, { part }: Mark): NDArray {
  if (!part) return value;
  const [from, to] = part;
  const size = value.data.length / value.shape[0]!;
  const data = value.data.slice(from * size, to * size);
  return array(data, { shape: [to - from, ...value.shape.slice(1)], dtype: value.dtype });
}
