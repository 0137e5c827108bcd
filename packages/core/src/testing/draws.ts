import { threefry } from "../ops/random.ts";

/** Numbers that a seed determines. */
export interface Draws {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Uniform on ±[½, 1): a weight that no element escapes. */
  weight(): number;
}

export function drawsOf(seed: number): Draws {
  let counter = 0;
  const uniform = (): number => {
    const [word] = threefry(Math.floor(seed / 2 ** 32) | 0, seed | 0, counter++, 0);
    return (word >>> 0) / 2 ** 32;
  };
  const weight = (): number => {
    const sign = uniform() < 0.5 ? -1 : 1;
    return sign * (0.5 + uniform() / 2);
  };
  return { uniform, weight };
}
