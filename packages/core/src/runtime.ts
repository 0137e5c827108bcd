import { GraphError } from "./errors.ts";
import type { Parameter } from "./graph/leaves.ts";
import type { Node, Tensor } from "./graph/tensor.ts";
import { plan } from "./interpreter.ts";
import { NDArray } from "./ndarray.ts";
import { watchFeeds, watchNumbers } from "./numerics.ts";
import { finish, inSlices, type Pieces } from "./pieces.ts";
import type { RewriteOptions } from "./rewrite/pipeline.ts";
import type { RewriteReport } from "./rewrite/rewrite.ts";

/** A piece of graph for a target: everything that one call computes. */
export interface Job {
  /** Bound to the values of a call. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Assigned together when everything else is computed; nothing is assigned where a call throws. */
  readonly updates: readonly { readonly parameter: Parameter; readonly value: Tensor }[];
  /** Stop at the first NaN or infinity. */
  readonly checkNumerics: boolean;
  /** Rewrites of the target's own that are left out, by name. */
  readonly disabled: ReadonlySet<string>;
}

/** What `compile` was given, and what it makes of it when somebody asks. */
export interface Draft {
  /** As it was drawn. */
  readonly drawn: Job;
  readonly rewrites: RewriteOptions;
  /** After rewrites. */
  rewritten(): Pieces<Job>;
}

/** Rewrites of kernels. */
export type TargetRewrite =
  | "fuseMaps"
  | "splitMaps"
  | "recomputeResults"
  | "delayMaps"
  | "fuseReductions"
  | "fuseLookups"
  | "followCounts"
  | "packFactors";

/** What a target says of a job it has prepared. */
export interface JobReport {
  /** Kernels: pieces of code that run one after another. 0 where there are none. */
  readonly kernels: number;
  /** Multiplications and additions of matrix products in one call. */
  readonly flops: number;
  /** Whether a product and a sum are one operation with one rounding: in matrix products, exp, tanh and the like. */
  readonly fma: boolean;
  /** Whether the engine packs vectors into pairs of 256 bits: see `useFastVectors` of `@org/core/node`. */
  readonly wide: boolean;
  /** Bytes of the values between inputs and outputs, and of the code. */
  readonly arenaBytes: number;
  readonly codeBytes: number;
  readonly rewrites: Readonly<Record<TargetRewrite, RewriteReport>>;
}

/** What a kernel does, and how long it takes. */
export interface KernelTime {
  readonly name: string;
  /** What it computes. */
  readonly nodes: readonly Node[];
  /** How often it runs in a call, and the milliseconds, operations and bytes of all of them. */
  readonly runs: number;
  readonly milliseconds: number;
  readonly flops: number;
  readonly bytes: number;
}

/** What a job takes, measured. */
export interface JobTimes {
  /** Of a call as it always runs: the median of some. */
  readonly milliseconds: number;
  /** Calls whose kernels were timed. */
  readonly calls: number;
  readonly kernels: readonly KernelTime[];
}

/** A job made ready to run again and again. */
export interface Prepared {
  /** Outputs, each in the array of `into` where there is one, else in a new one. */
  run(inputs: readonly NDArray[], into?: readonly (NDArray | undefined)[]): NDArray[];
  report(): JobReport;
  /** Runs it for a while and times its kernels. Parameters keep their values. */
  profile(inputs: readonly NDArray[]): JobTimes;
  dispose(): void;
}

/** What executables run on, and where their parameters live. */
export interface Runtime {
  readonly target: string;
  /** How many there are: one where a page may not share memory between workers. */
  readonly threads: number;
  prepare(draft: Draft): Prepared;
  /** The same in slices, between which the event loop has its turn. */
  prepareAsync(draft: Draft): Promise<Prepared>;
  /** Gives its memory back and ends its threads. Parameters keep their values; executables of this runtime throw from now on. */
  dispose(): void;
  [Symbol.dispose](): void;
}

const none: RewriteReport = { fired: 0, declined: {} };

/** Runs graphs by the interpreter: slow, and the measure of what is right. */
export const interpreterRuntime: Runtime = {
  target: "interpreter",
  threads: 1,
  prepare(draft) {
    const { inputs, outputs, updates, checkNumerics } = finish(draft.rewritten());
    const roots = [...outputs, ...updates.map(({ value }) => value)];
    const program = plan(roots, inputs, checkNumerics ? { observe: watchNumbers } : {});
    return {
      run(values, into = []) {
        if (checkNumerics) watchFeeds(inputs, values);
        const computed = program(values);
        const results = outputs.map((_, i) => handOut(computed[i]!, into[i]));
        updates.forEach(({ parameter }, i) => {
          parameter.value = computed[outputs.length + i]!;
        });
        return results;
      },
      report: () => ({
        kernels: 0,
        flops: 0,
        fma: false,
        wide: false,
        arenaBytes: 0,
        codeBytes: 0,
        rewrites: {
          fuseMaps: none,
          splitMaps: none,
          recomputeResults: none,
          delayMaps: none,
          fuseReductions: none,
          fuseLookups: none,
          followCounts: none,
          packFactors: none,
        },
      }),
      profile() {
        throw new GraphError({
          op: "profile",
          problem: "the interpreter has no kernels",
          hint: "compile for a runtime of createRuntime() without a target",
        });
      },
      dispose: () => undefined,
    };
  },
  async prepareAsync(draft) {
    await inSlices(draft.rewritten());
    return this.prepare(draft);
  },
  dispose: () => undefined,
  [Symbol.dispose]: () => undefined,
};

/** A result in the caller's array, or in a new one. */
export function handOut({ dtype, shape, data }: NDArray, into: NDArray | undefined): NDArray {
  if (!into) return new NDArray(dtype, shape, data.slice());
  into.data.set(data);
  return into;
}
