/** Draws one after another, the same for the same seed. */
import { init } from "@org/nn";

export interface Random {
  /** From 0, below 1. */
  uniform(): number;
  /** A whole number from 0, below `end`. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  let [draws, block, at] = [new Float64Array(0), 0, 0];
  const uniform = (): number => {
    if (at === draws.length) {
      const options = { seed: seed * 10_000 + block++, low: 0, high: 1, dtype: "f64" } as const;
      [draws, at] = [init.uniform([4096], options).data as Float64Array<ArrayBuffer>, 0];
    }
    return draws[at++]!;
  };
  const below = (end: number): number => Math.floor(uniform() * end);
  return { uniform, below, pick: (from) => from[below(from.length)]! };
}
