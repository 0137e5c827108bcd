import { GraphError } from "./errors.ts";
import type { Tensor } from "./graph/tensor.ts";
import { type Program, plan } from "./interpreter.ts";
import { watchNumbers } from "./numerics.ts";

export interface PrepareOptions {
  /** Stop at the first NaN or infinity. */
  readonly checkNumerics: boolean;
}

/** What executables run on. */
export interface Runtime {
  readonly target: string;
  readonly threads: number;
  /** Makes a piece of graph ready to run with values bound to `inputs`. */
  prepare(outputs: readonly Tensor[], inputs: readonly Tensor[], options: PrepareOptions): Program;
}

/**
 * A runtime: the place where executables run and parameters live.
 * @param options.threads How many threads share a step. The interpreter runs on one. Default 1.
 * @throws GraphError for a number of threads that the target does not have
 */
export function createRuntime({ threads = 1 }: { readonly threads?: number } = {}): Runtime {
  if (threads !== 1) {
    throw new GraphError({
      op: "createRuntime",
      problem: `the interpreter runs on 1 thread, received ${threads}`,
    });
  }
  return {
    target: "interpreter",
    threads,
    prepare: (outputs, inputs, { checkNumerics }) =>
      plan(outputs, inputs, checkNumerics ? { observe: watchNumbers } : {}),
  };
}

let shared: Runtime | undefined;

/** The runtime of executables that name none. */
export function defaultRuntime(): Runtime {
  shared ??= createRuntime();
  return shared;
}
