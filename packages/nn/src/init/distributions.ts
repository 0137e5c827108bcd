import {
  array,
  checkOptionNames,
  defaultDType,
  deferredArray,
  evaluate,
  GraphError,
  type NDArray,
  nextBelow,
  type OptionKind,
  randomUniform,
  splitKey,
} from "@org/core";
import { finiteIn } from "../option-values.ts";
import { keyOf, type Seed, splitSeed } from "../seed.ts";
import { naturalLogarithm } from "./logarithm.ts";
import { checkInit, type InitOptions, type Size, sizeOf } from "./shape.ts";

/** Uniform on [0, 1), once it is called. @throws at once for what is no seed */
const unit = (seed: Seed, shape: Size): (() => Float64Array) => {
  const drawn = randomUniform(keyOf(seed), shape, { dtype: "f64" });
  return () => evaluate(drawn).data as Float64Array;
};

/**
 * Uniform on [low, high), by default on [-1, 1). `high` itself never comes, unless `low` is the same number in the dtype.
 * @throws GraphError for bounds that are not finite and in order
 * @example
 * init.uniform([2, 3], { seed: 1, low: 0, high: 0.5 }).shape; // → [2, 3]
 */
export function uniform(
  shape: Size,
  options: InitOptions & { readonly low?: number; readonly high?: number },
): NDArray {
  const {
    seed,
    low = -1,
    high = 1,
    dtype = defaultDType(),
  } = checkOptionNames("uniform", options, "seed dtype low high");
  checkInit("uniform", shape, dtype, { low: [low, finiteIn(dtype)], high: [high, finiteIn(dtype)] });
  if (!(low <= high && Number.isFinite(high - low))) {
    const problem = `low and high are finite numbers in order, received ${low} and ${high}`;
    throw new GraphError({ op: "uniform", problem });
  }
  const [first, end] = array([low, high], { dtype }).data as unknown as [number, number];
  // Rounding alone may reach `high`.
  const most = end > first ? nextBelow(end, dtype) : end;
  const draw = unit(seed, shape);
  return deferredArray(
    dtype,
    [...shape],
    () =>
      array(
        draw().map((u) => Math.min(low + (high - low) * u, most)),
        { dtype },
      ).data,
  );
}

/**
 * Normal with mean 0 and the standard deviation `scale`, 1 by default.
 * Source: Marsaglia & Bray 1964, the polar method.
 * @example
 * init.normal([2, 3], { seed: 1, scale: 0.01 }).shape; // → [2, 3]
 */
export function normal(shape: Size, options: InitOptions & { readonly scale?: number }): NDArray {
  const { seed, scale = 1, dtype = defaultDType() } = checkOptionNames("normal", options, "seed dtype scale");
  checkInit("normal", shape, dtype, { scale: [scale, finiteIn(dtype, 0)] });
  return drawn(shape, seed, scale, dtype, () => true);
}

const boundKind: OptionKind = {
  text: "a number from 0.1",
  holds: (bound) => typeof bound === "number" && bound >= 0.1,
};

/**
 * Normal with mean 0 and the standard deviation `scale` (1 by default) before what lies beyond `bound · scale` is drawn
 * again; `bound` is 2 by default. What is left has 0.88 of the standard deviation for `bound: 2`, as in PyTorch's
 * `trunc_normal_`.
 * @throws GraphError for a bound below 0.1, where nearly everything would be thrown away
 * @example
 * init.truncatedNormal([2, 3], { seed: 1, scale: 0.01 }).shape; // → [2, 3]
 */
export function truncatedNormal(
  shape: Size,
  options: InitOptions & { readonly scale?: number; readonly bound?: number },
): NDArray {
  const {
    seed,
    scale = 1,
    bound = 2,
    dtype = defaultDType(),
  } = checkOptionNames("truncatedNormal", options, "seed dtype scale bound");
  checkInit("truncatedNormal", shape, dtype, {
    scale: [scale, finiteIn(dtype, 0)],
    bound: [bound, boundKind],
  });
  const within = scale === 0 ? 0 : bound * scale;
  return drawn(shape, seed, scale, dtype, (value) => Math.abs(value) <= within);
}

/** Values of N(0, scale²) that are accepted. @throws at once for what is no seed */
function drawn(
  shape: Size,
  seed: Seed,
  scale: number,
  dtype: "f32" | "f64",
  accept: (value: number) => boolean,
): NDArray {
  const key = array(keyOf(seed));
  splitKey(key, 2); // checks the key
  return deferredArray(
    dtype,
    [...shape],
    () => array(draw(sizeOf(shape), key, scale, accept), { dtype }).data,
  );
}

/** `count` of them, by the polar method. */
function draw(
  count: number,
  first: NDArray,
  scale: number,
  accept: (value: number) => boolean,
): Float64Array {
  const values = new Float64Array(count);
  let drawn = 0;
  for (let key = first; drawn < count; ) {
    const [next, bits] = splitSeed(key, 2) as [NDArray, NDArray];
    key = next;
    // π/4 of the pairs lie inside of the circle, and each of these gives two values.
    const data = unit(bits, [Math.ceil((count - drawn) * 0.7) + 8, 2])();
    for (let i = 0; i < data.length && drawn < count; i += 2) {
      const x = 2 * data[i]! - 1;
      const y = 2 * data[i + 1]! - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = scale * Math.sqrt((-2 * naturalLogarithm(square)) / square);
      if (accept(x * factor)) values[drawn++] = x * factor;
      if (drawn < count && accept(y * factor)) values[drawn++] = y * factor;
    }
  }
  return values;
}
