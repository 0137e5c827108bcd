import type { LinearRun, Network, Product, Stencil } from "./workloads.ts";

/** Graphs that grow with what somebody wrote, not with a loop. */
export const largeForms = [
  "add and mul",
  "tanh",
  "concat, with gradient",
  "parameters, with updates",
] as const;

export type LargeForm = (typeof largeForms)[number];

/** What a contestant can be asked to do, step by step. */
export type Task =
  | {
      readonly kind: "train";
      readonly network: Network;
      readonly rewrites?: Readonly<Record<string, boolean>>;
      /** `"plain"`: no clipping, and p - 1e-3 g for Adam. */
      readonly update?: "plain";
    }
  | {
      /** Clipping and Adam alone, on the gradients of the first step. */
      readonly kind: "optimizer";
      readonly network: Network;
      readonly form: "compiled" | "op at a time" | "interpreted";
    }
  | { readonly kind: "hessian-vector"; readonly network: Network }
  | {
      /** The layer alone, on a batch whose longest sequence has so many steps, or that is not said to be padded. */
      readonly kind: "padded";
      readonly network: Network;
      readonly longest?: number;
    }
  | { readonly kind: "large"; readonly form: LargeForm; readonly nodes: number }
  | { readonly kind: "product"; readonly product: Product }
  | { readonly kind: "linear"; readonly run: LinearRun }
  | { readonly kind: "stencil"; readonly stencil: Stencil }
  | { readonly kind: "peak" };

/** The parent's lines. */
export type Request =
  | {
      readonly do: "prepare";
      readonly task: Task;
      /** The folder with the weights and tokens. */
      readonly data?: string;
      readonly threads: number;
    }
  | { readonly do: "run"; readonly steps: number }
  | { readonly do: "usage" };

/** The answer to `prepare`. */
export interface Ready {
  /** Milliseconds of each phase of the preparation. */
  readonly phases: Readonly<Record<string, number>>;
  /** What ran: versions, target, names of rewrites. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** The answer to `run`. */
export interface Ran {
  /** Milliseconds of each step. */
  readonly times: readonly number[];
  /** What each step computed: a loss. */
  readonly values: readonly number[];
}

/** The answer to `usage`. */
export interface Usage {
  /** The most memory that the process held so far, in bytes. */
  readonly peak: number;
}

/** The contestant's lines. */
export type Reply = Ready | Ran | Usage | { readonly unavailable: string } | { readonly failed: string };
