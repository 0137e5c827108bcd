import type * as FastCheck from "fast-check";
import { type DType, isFloat } from "../dtype.ts";
import { array, type NDArray } from "../ndarray.ts";
import { checkOptionNames } from "../option-names.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { type Arbitrary, type Drawn, known, shown } from "./arbitrary.ts";
import { type DrawOptions, fastCheck } from "./fast-check.ts";

/** What `arbitraryShape` takes. */
export interface ShapeOptions extends DrawOptions {
  /** Default 0: scalars. */
  readonly minRank?: number;
  /** Default 4. */
  readonly maxRank?: number;
  /** The most elements. Default 64. */
  readonly maxSize?: number;
  /** The shortest axis. Default 0: tensors without elements. */
  readonly minLength?: number;
  /** The longest axis. Default 5. */
  readonly maxLength?: number;
}

/**
 * Shapes of tensors; shrinks towards fewer and shorter axes.
 * @throws Error where fast-check is neither given nor installed
 * @example
 * import { sample } from "fast-check";
 * sample(arbitraryShape({ maxSize: 10 }), 50).every((shape) => shape.reduce((n, m) => n * m, 1) <= 10); // → true
 */
export function arbitraryShape(options: ShapeOptions = {}): Arbitrary<Shape> {
  checkOptionNames("arbitraryShape", options, "fc minRank maxRank maxSize minLength maxLength");
  const { minRank = 0, maxRank = Math.max(4, minRank), maxSize = 64, minLength = 0, maxLength = 5 } = options;
  const { array, oneof, integer, constant } = fastCheck("arbitraryShape", options);
  const most = Math.max(minLength, maxLength);
  const usual = integer({ min: Math.min(Math.max(1, minLength), most), max: most });
  const length =
    minLength === 0 ? oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: constant(0) }) : usual;
  return shown(
    array(length, { minLength: minRank, maxLength: maxRank }).map((lengths) => within(lengths, maxSize)),
  );
}

/** The same lengths, cut where the product would grow too large. */
function within(lengths: readonly number[], maxSize: number): Shape {
  let size = 1;
  return lengths.map((length) => {
    const cut = Math.min(length, Math.max(1, Math.floor(maxSize / Math.max(size, 1))));
    size *= cut;
    return cut;
  });
}

/** What `arbitraryArray` takes. */
export interface ArrayOptions extends DrawOptions {
  /** The shape, or an arbitrary of shapes. Default: `arbitraryShape()`. */
  readonly shape?: Shape | Arbitrary<Shape> | Drawn<Shape>;
  /** Default `"f32"`. */
  readonly dtype?: DType;
  /** The least value. Default -4. */
  readonly min?: number;
  /** The largest value. Default 4. */
  readonly max?: number;
  /** Whether floats may be ±0, ±∞, NaN, the largest or the smallest, wherever `min` and `max` are. Default false. */
  readonly special?: boolean;
}

const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN];
const EXTREME = { f32: [3.4028234663852886e38, 2 ** -149], f64: [Number.MAX_VALUE, Number.MIN_VALUE] };

/**
 * Values of tensors: floats are drawn evenly, one in four by its bits, which reaches the smallest. Shrinks towards small
 * shapes and zeros.
 * @throws Error where fast-check is neither given nor installed
 * @example
 * import { sample } from "fast-check";
 * sample(arbitraryArray({ shape: [2, 3], dtype: "i32" }), 1)[0].shape; // → [2, 3]
 */
export function arbitraryArray(options: ArrayOptions = {}): Arbitrary<NDArray> {
  checkOptionNames("arbitraryArray", options, "fc shape dtype min max special");
  const fc = fastCheck("arbitraryArray", options);
  const { shape = arbitraryShape({ fc }), dtype = "f32" } = options;
  const shapes = "generate" in shape ? known<Shape>(shape) : fc.constant<Shape>(shape);
  const element = elementOf(fc, options, dtype);
  return shown(
    shapes.chain((shape) => {
      const size = sizeOf(shape);
      return fc
        .array(element, { minLength: size, maxLength: size })
        .map((elements) => array(Float64Array.from(elements), { shape, dtype }));
    }),
  );
}

function elementOf(
  fc: typeof FastCheck,
  { min = -4, max = 4, special = false }: ArrayOptions,
  dtype: DType,
): FastCheck.Arbitrary<number> {
  if (dtype === "bool") return fc.nat({ max: 1 });
  if (!isFloat(dtype)) return fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
  const [low, high] = dtype === "f32" ? [roundIn(min, max), roundIn(max, min)] : [min, max];
  const bits = (dtype === "f32" ? fc.float : fc.double)({ min: low, max: high, noNaN: true });
  const usual = fc.oneof(
    { weight: 3, arbitrary: even(fc, dtype, low, high) },
    { weight: 1, arbitrary: bits },
  );
  if (!special) return usual;
  const [largest, smallest] = EXTREME[dtype as "f32" | "f64"] as [number, number];
  const rare = fc.constantFrom(...SPECIAL, largest, -largest, smallest, -smallest);
  return fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: rare });
}

/** Steps from 0, or from the bound that is nearest to it, to either bound. */
const STEPS = 2 ** 20;

/** Numbers as dense here as there: of even bit patterns nearly all lie next to 0. */
function even(fc: typeof FastCheck, dtype: DType, low: number, high: number): FastCheck.Arbitrary<number> {
  const origin = Math.min(Math.max(low, 0), high);
  return fc
    .integer({ min: low < origin ? -STEPS : 0, max: high > origin ? STEPS : 0 })
    .map((step) => origin + (step < 0 ? origin - low : high - origin) * (step / STEPS))
    .map((value) => Math.min(Math.max(dtype === "f32" ? Math.fround(value) : value, low), high));
}

/** The nearest f32 that is not beyond `bound` as seen from `inside`. */
function roundIn(bound: number, inside: number): number {
  const rounded = Math.fround(bound);
  const beyond = bound < inside ? rounded < bound : rounded > bound;
  return beyond ? Math.fround(rounded + Math.sign(inside - bound) * Math.abs(rounded) * 2 ** -23) : rounded;
}
