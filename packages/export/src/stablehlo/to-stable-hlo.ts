import { checkOptionNames, type Tensor } from "@org/core";
import { type ProgramFunction, type ProgramOptions, programOf } from "../program.ts";
import { operandsOf, reachable } from "../reading.ts";
import { writeBlock } from "./block.ts";
import { type Type, typeText, type Value } from "./types.ts";
import { Writer } from "./writer.ts";

/** A function as a module of MLIR, whose `@main` takes and gives arrays in these orders. */
export interface StableHloFunction {
  readonly module: string;
  /** Names of what it is given: `params.w`, `batch.x`, `state.0.step`, … */
  readonly takes: readonly string[];
  /** Names of what it gives: `outputs.loss`, `gradients.w`, … */
  readonly gives: readonly string[];
}

/** A program for XLA, IREE and other compilers, and its values. */
export interface StableHloProgram {
  /** Where something is trained, `gradients` and `update`, else `outputs`. */
  readonly functions: Readonly<Record<string, StableHloFunction>>;
  /** The values of now, safetensors, under the names of `takes`. */
  readonly weights: Uint8Array;
}

/**
 * The same functions as of `toJax` in StableHLO's text, for XLA, IREE and whatever has a PJRT plugin:
 * `gradients(params, carried, batch) → outputs, gradients, carried` and `update(gradients, params, state) → params, state`.
 * Loops are `while`, products have the highest precision, random numbers have the library's bits. The error function and the
 * gamma functions are operations of CHLO, which compilers that read StableHLO know.
 * @throws GraphError for a node that is no op of the library, names that are used twice, or an update that reads more
 *   than gradients
 * @example
 * const x = input("x", [2]);
 * const w = parameter("w", [3, 4]);
 * const { functions } = toStableHlo({ inputs: { x }, outputs: { y: mul(w, x) } });
 * functions.outputs.takes; // → ["params.w", "batch.x"]
 * functions.outputs.module.includes("stablehlo.multiply"); // → true
 */
export function toStableHlo(options: ProgramOptions): StableHloProgram {
  checkOptionNames("toStableHlo", options, "inputs outputs updates carried parameters");
  const { functions, weights } = programOf("toStableHlo", options);
  return {
    functions: Object.fromEntries(functions.map((each) => [each.name, functionText(each)])),
    weights: weights([]),
  };
}

function functionText({ takes, results }: ProgramFunction): StableHloFunction {
  const outputs = results.flatMap(([group, entries]) =>
    entries.map(([key, tensor]) => [`${group}.${key}`, tensor] as const),
  );
  const used = new Set(
    reachable(
      outputs.map(([, tensor]) => tensor),
      new Set(),
      operandsOf,
    ).map((node) => node.result()),
  );
  const inputs = Object.entries(takes).flatMap(([group, record]) =>
    Object.entries(record).flatMap(([key, tensor]) =>
      used.has(tensor) ? [[`${group}.${key}`, tensor] as const] : [],
    ),
  );
  const to = new Writer();
  const bound = new Map<Tensor, Value>(
    inputs.map(([, { shape, dtype }], i) => [inputs[i]![1], { name: `%arg${i}`, shape, dtype }]),
  );
  const values = writeBlock(
    to,
    outputs.map(([, tensor]) => tensor),
    bound,
  );
  const types = (of: readonly (readonly [string, Type])[]): string[] => of.map(([, type]) => typeText(type));
  const listed = inputs.map(
    ([name], i) => `    %arg${i}: ${types(inputs)[i]}${i + 1 < inputs.length ? "," : ""} // ${name}`,
  );
  const module = [
    "module {",
    "  func.func public @main(",
    ...listed,
    `  ) -> (${types(outputs).join(", ")}) {`,
    ...to.lines.map((line) => `    ${line}`),
    `    return ${values.map(({ name }) => name).join(", ")}${values.length > 0 ? " : " : ""}${types(outputs).join(", ")}`,
    "  }",
    "}",
    "",
  ].join("\n");
  return { module, takes: inputs.map(([name]) => name), gives: outputs.map(([name]) => name) };
}
