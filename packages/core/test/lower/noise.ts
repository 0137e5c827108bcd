import { array, type NDArray } from "../../src/index.ts";
import { sizeOf } from "../../src/shape.ts";

/** Doubles between -1 and 1 that look like chance, the same for a seed. */
export const noise = (shape: readonly number[], seed = 1): NDArray =>
  array(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i + seed)),
    { shape },
  );
