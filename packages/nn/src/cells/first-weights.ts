import { array, defaultDType, type NDArray, type Parameter, parameter } from "@org/core";
import { sizeOf } from "../init/shape.ts";
import { glorotUniform, normal, orthogonal, uniform } from "../init.ts";
import { type Seed, splitSeed } from "../seed.ts";

/** More than any cell draws. */
const MOST = 32;

/** Parameters with their first values, one after another, each drawn from a seed of its own. */
export class FirstWeights {
  readonly #seeds: NDArray[];
  readonly #dtype: "f32" | "f64";
  #next = 0;

  constructor({ seed, dtype = defaultDType() }: { readonly seed: Seed; readonly dtype?: "f32" | "f64" }) {
    this.#seeds = splitSeed(seed, MOST);
    this.#dtype = dtype;
  }

  #draw(): { readonly seed: NDArray; readonly dtype: "f32" | "f64" } {
    return { seed: this.#seeds[this.#next++]!, dtype: this.#dtype };
  }

  /** Glorot-uniform, as input weights are. */
  matrix(name: string, rows: number, columns: number): Parameter {
    return parameter(name, glorotUniform([rows, columns], this.#draw()));
  }

  /** Orthogonal, as recurrent weights are. */
  recurrent(name: string, rows: number, columns: number = rows): Parameter {
    return parameter(name, orthogonal([rows, columns], this.#draw()));
  }

  /** What a function makes of uniform numbers between 0 and 1. */
  drawn(name: string, shape: readonly number[], of: (u: number, i: number) => number): Parameter {
    const { data } = uniform(shape, { ...this.#draw(), low: 0, high: 1, dtype: "f64" });
    return this.given(name, shape, (i) => of(data[i]!, i));
  }

  /** What a function makes of steps in time that are log-uniform between 0.001 and 0.1. */
  steps(name: string, shape: readonly number[], of: (logarithm: number) => number): Parameter {
    const [slow, fast] = [Math.log(0.001), Math.log(0.1)];
    return this.drawn(name, shape, (u) => of(slow + u * (fast - slow)));
  }

  /** Normal, with a deviation. */
  normal(name: string, shape: readonly number[], scale: number): Parameter {
    return parameter(name, normal(shape, { ...this.#draw(), scale }));
  }

  /** Values that are known. */
  given(name: string, shape: readonly number[], of: (i: number) => number): Parameter {
    const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => of(i));
    return parameter(name, array(values, { shape, dtype: this.#dtype }));
  }

  /** A row of one number. */
  row(name: string, size: number, value = 0): Parameter {
    return this.given(name, [size], () => value);
  }
}

/** The number whose softplus is `eˣ`. */
export const softplusOrigin = (x: number): number => Math.log(Math.expm1(Math.exp(x)));

/** Parameters by their names. */
export const byName = <Name extends string>(
  parameters: readonly Parameter[],
): Readonly<Record<Name, Parameter>> =>
  Object.fromEntries(parameters.map((each) => [each.name, each])) as Record<Name, Parameter>;
