import type { NDArray } from "../../src/ndarray.ts";
import { sameShape } from "../../src/shape.ts";

export interface Tolerance {
  /** Of the expected value. Infinity and NaN are equal to themselves alone. */
  readonly relative: number;
  /** Added to it. @default 0 */
  readonly absolute?: number;
  /** Whether 0 and -0 differ. @default false */
  readonly signedZeros?: boolean;
}

const show = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** @throws Error naming the first element that differs, or the type that does */
export function assertClose(
  label: string,
  actual: NDArray,
  expected: NDArray,
  { relative, absolute = 0, signedZeros = false }: Tolerance,
): void {
  const types = [actual, expected].map(({ dtype, shape }) => `${dtype} [${shape.join(", ")}]`);
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape))
    throw new Error(`${label}: received ${types[0]}, expected ${types[1]}`);
  if (actual.data.length !== expected.data.length)
    throw new Error(`${label}: ${actual.data.length} elements for ${types[1]}`);
  expected.data.forEach((e: number, i: number) => {
    const a = actual.data[i]!;
    if (Object.is(a, e) || (a === 0 && e === 0 && !signedZeros)) return;
    const close = Math.abs(a - e) <= relative * Math.abs(e) + absolute;
    if (close && Number.isFinite(a) && Number.isFinite(e) && (a !== 0 || e !== 0)) return;
    throw new Error(`${label}: element ${i} is ${show(a)}, expected ${show(e)}`);
  });
}
