/** GradBench's messages: an eval asks, a tool answers, a line of JSON each. The names are those of its `CONTRIBUTING.md`. */

/** A part of the work, and how long it took. */
export interface Timing {
  readonly name: string;
  readonly nanoseconds: number;
}

/** How often a function is run for one request: as often as both ask for. */
export interface Runs {
  readonly min_runs: number;
  readonly min_seconds: number;
}

/** What an eval asks. It waits for the answer before it asks again. */
export type Message = { readonly id: number } & (
  | { readonly kind: "start"; readonly eval?: string; readonly config?: unknown }
  | { readonly kind: "define"; readonly module: string }
  | {
      readonly kind: "evaluate";
      readonly module: string;
      readonly function: string;
      readonly input: unknown;
      readonly description?: string;
    }
  | { readonly kind: "analysis"; readonly of: number; readonly valid: boolean; readonly error?: string }
);

/** What a tool answers. `success` is there for `define` and `evaluate`. */
export interface Response {
  readonly id: number;
  readonly tool?: string;
  readonly success?: boolean;
  readonly output?: unknown;
  readonly timings?: readonly Timing[];
  readonly error?: string;
}

/** A function of a module: what it makes of an input, and how long each run took. */
export type Evaluation = (input: never) => { readonly output: unknown; readonly timings: readonly Timing[] };
