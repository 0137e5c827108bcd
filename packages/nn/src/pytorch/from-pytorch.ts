import { type ArrayValue, array, GraphError, type NDArray, type Parameter } from "@org/core";
import { targetsIn } from "./targets-in.ts";

/**
 * Sets parameters from PyTorch's, as its `state_dict()` names and stacks them, all or none of them:
 * - `RNN LSTM GRU` of any depth and direction: `weight_ih_l0`, `weight_hh_l0_reverse`, `bias_ih_l1`, …, rows stacked by
 *   gate (`i f g o`; `r z n`) and multiplied from the left. Where a block has one bias, PyTorch's two are added up.
 *   A GRU has to have `reset: "after"`; with `update: "write"`, the update gate's weights change sign. An LSTM with
 *   `projectionSize` takes `weight_hr_l0`, PyTorch's `proj_size`.
 * - Their cells: the same names without an ending.
 * - `Linear Embedding LayerNorm Conv2d`: `weight`, `bias`.
 * - Records and arrays of these and of single parameters, and `Sequential`: names are paths, `encoder.weight_ih_l0`.
 * @throws GraphError that lists every name and shape that differs, and every layer that PyTorch has no like of; nothing
 *   changes then
 * @example
 * const head = new Linear({ inputSize: 2, outputSize: 1, seed: 1 });
 * fromPyTorch(head, { weight: [[1, 2]], bias: [3] });
 * head.apply([[10, 100]]); // → [[213]]
 * fromPyTorch({ head }, { "head.weight": [[1, 2, 3]] }); // throws GraphError
 */
export function fromPyTorch(model: unknown, record: Readonly<Record<string, ArrayValue>>): void {
  if (typeof record !== "object" || record === null) {
    const received = record === null ? "null" : typeof record;
    throw new GraphError({ op: "fromPyTorch", problem: `expected a record of values, received ${received}` });
  }
  const differences: string[] = [];
  const read = new Set<string>();
  const changes: (readonly [Parameter, Float64Array])[] = [];
  for (const [path, target] of targetsIn("fromPyTorch", model, "", differences)) {
    const values: Record<string, NDArray> = {};
    const before = differences.length;
    for (const [own, shape] of Object.entries(target.shapes)) {
      const name = [path, own].filter(Boolean).join(".");
      read.add(name);
      const value = Object.hasOwn(record, name) ? valueOf(record[name]!) : "nothing";
      if (typeof value !== "string" && String(value.shape) === String(shape)) values[own] = value;
      else differences.push(`${name}: expected [${shape.join(", ")}], received ${show(value)}`);
    }
    if (differences.length === before) changes.push(...target.convert(values));
  }
  for (const name of Object.keys(record)) {
    if (!read.has(name)) differences.push(`${name}: the model has none`);
  }
  if (differences.length > 0) {
    const count = differences.length === 1 ? "1 difference" : `${differences.length} differences`;
    const problem = [`${count}, so nothing was changed`, ...differences].join("\n  ");
    throw new GraphError({ op: "fromPyTorch", problem });
  }
  for (const [parameter, value] of changes) parameter.value = value;
}

/** The value, or what is wrong with it. */
function valueOf(value: ArrayValue): NDArray | string {
  try {
    return array(value, { dtype: "f64" });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const show = (value: NDArray | string): string =>
  typeof value === "string" ? value : `[${value.shape.join(", ")}]`;
