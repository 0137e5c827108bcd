/** Programs that are kept for graphs of the same structure, each in a runtime of its own. */
import { parameterOp, placeholder } from "../../src/graph/leaves.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { ancestors, substitute } from "../../src/graph/walk.ts";
import type { NDArray } from "../../src/ndarray.ts";
import { noRewrites, rewriteAll } from "../../src/rewrite/pipeline.ts";
import { asDrawn } from "./as-drawn.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { structureKey } from "./structure-key.ts";

/** Every runtime reserves gigabytes of addresses. */
const MOST_PROGRAMS = 40;

interface Program {
  run(values: readonly NDArray[]): NDArray[];
  dispose(): void;
}

let made = 0;

/** A program in new memory. Buffers of the arena and parameters take turns to lie at the lowest addresses. */
function makeProgram(roots: readonly Tensor[], inputs: readonly Tensor[], checkNumerics = false): Program {
  const { roots: outputs } = rewriteAll([...roots], checkNumerics ? noRewrites : {});
  const runtime = new LitteredRuntime({ lowest: made++ % 3 === 0 ? "parameters" : "arena" });
  const job = runtime.prepare(asDrawn({ inputs, outputs, updates: [], checkNumerics, disabled: new Set() }));
  return { run: (values) => job.run(values), dispose: () => runtime.dispose() };
}

const kept = new Map<string, Program>();
const seen = new Set<string>();

/**
 * Runs graphs without literals. One that is met for the first time reads its parameters where they live; later ones of
 * its structure share a program that takes parameters as inputs.
 */
export function runShared(
  roots: readonly Tensor[],
  inputs: readonly Tensor[],
  values: readonly NDArray[],
): NDArray[] {
  const parameters = ancestors(roots).filter(({ op }) => op === parameterOp);
  const bound = parameters.map((node) => placeholder(node.result(), node.name));
  const open = substitute(roots, new Map(parameters.map((node, i) => [node.result(), bound[i]!])));
  const leaves = [...inputs, ...bound];
  const key = structureKey(open, leaves);
  if (parameters.length > 0 && !seen.has(key)) {
    seen.add(key);
    return runOnce(roots, inputs, values);
  }
  const program = kept.get(key) ?? makeProgram(open, leaves);
  keep(key, program);
  try {
    return program.run([...values, ...parameters.map(({ attributes }) => valueOf(attributes))]);
  } catch {
    // The error speaks of the graph that the program was made of: this graph's own program throws the right one.
    return runOnce(roots, inputs, values);
  }
}

const valueOf = (attributes: unknown): NDArray => (attributes as { cell: { value: NDArray } }).cell.value;

/** Runs a program of this graph alone, which knows its nodes by their lines and names. */
export function runOnce(
  roots: readonly Tensor[],
  inputs: readonly Tensor[],
  values: readonly NDArray[],
  checkNumerics = false,
): NDArray[] {
  const program = makeProgram(roots, inputs, checkNumerics);
  try {
    return program.run(values);
  } finally {
    program.dispose();
  }
}

/** Puts a program behind all others, and ends the one that was not used for the longest time. */
function keep(key: string, program: Program): void {
  kept.delete(key);
  kept.set(key, program);
  if (kept.size <= MOST_PROGRAMS) return;
  const [oldest, { dispose }] = kept.entries().next().value!;
  kept.delete(oldest);
  dispose();
}
