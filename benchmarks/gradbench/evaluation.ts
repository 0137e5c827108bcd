import { type ArrayValue, array, compile, input, NDArray, type Tensor, withDType } from "@org/core";
import type { Evaluation, Runs, Timing } from "./protocol.ts";

/** Tensors by name; a function of an eval takes such a record. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** What a function gives: a tensor, or tensors by name. */
type Results = Tensor | Tensors;

/** The values of results, in their structure. */
export type Values<R extends Results> = R extends Tensor ? NDArray : { readonly [K in keyof R]: NDArray };

/** A function of an eval, made ready for one input. */
export interface Task<Given extends Tensors, R extends Results> {
  /** What is computed. It is drawn and compiled for the shapes of `on` before the clock starts. */
  readonly f: (given: Given) => R;
  /** What it is computed on, by name; lists of numbers are doubles. */
  readonly on: { readonly [K in keyof Given]: ArrayValue };
  /** The answer as the eval expects it, made after the clock has stopped. Default: nested lists. */
  readonly output?: (values: Values<R>) => unknown;
}

/**
 * A function of an eval by the rules of the protocol: everything is in doubles; reading the input, tracing, compiling
 * and a first run are one timing named `prepare`, every further run is one named `evaluate`, writing the answer is in none.
 */
export const evaluation =
  <Input, Given extends Tensors, R extends Results>(prepare: (input: Input) => Task<Given, R>): Evaluation =>
  (given: Input & Partial<Runs>) =>
    withDType("f64", () => {
      const { min_runs = 1, min_seconds = 0 } = given;
      const timings: Timing[] = [];
      const timed = <Result>(name: string, work: () => Result): Result => {
        const start = performance.now();
        const result = work();
        timings.push({ name, nanoseconds: Math.round((performance.now() - start) * 1e6) });
        return result;
      };

      const { run, output } = timed("prepare", () => {
        const { f, on, output = nested } = prepare(given);
        const feeds = byName(on, (value) => array(value));
        const inputs = byName(feeds, ({ shape, dtype }, name) => input(name, shape, dtype));
        const program = compile<Tensors, R>({ inputs, outputs: f(inputs as Given) });
        const into = program(feeds); // arrays that every run writes its results into, as the C++ tools have
        const run = (): Values<R> => program(feeds, { into }) as never;
        return { run: Object.assign(run, { dispose: program.dispose }), output };
      });

      let values: Values<R>;
      let nanoseconds = 0;
      do {
        values = timed("evaluate", run);
        nanoseconds += timings.at(-1)!.nanoseconds;
      } while (timings.length - 1 < min_runs || nanoseconds < min_seconds * 1e9);
      run.dispose();
      return { output: output(values), timings };
    });

const nested = (values: NDArray | Readonly<Record<string, NDArray>>): unknown =>
  values instanceof NDArray ? values.toNested() : byName(values, (value) => value.toNested());

const byName = <From, To>(
  record: Readonly<Record<string, From>>,
  f: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));
