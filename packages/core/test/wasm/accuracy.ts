/** Errors of vector functions over their whole range, in ulp, against Math.* in double precision. */
import { evaluate } from "../../src/evaluate.ts";
import { constant } from "../../src/graph/leaves.ts";
import { NDArray } from "../../src/ndarray.ts";
import { erf } from "../../src/ops/error-function.ts";
import { type Arithmetic, PLAIN } from "../../src/targets/wasm/arithmetic.ts";
import type { UnaryName } from "../../src/targets/wasm/math/vector-math.ts";
import { roundHalfEven } from "./rounding.ts";
import { type DType, run, ulps } from "./vector-loops.ts";

type Name = UnaryName | "pow";

const softplus = (x: number): number =>
  Number.isNaN(x) ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

const pow = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;

const references: Record<Exclude<Name, "erf">, (x: number, y: number) => number> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sqrt: Math.sqrt,
  floor: Math.floor,
  round: roundHalfEven,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid,
  softplus,
  pow,
};

const erfAll = (xs: ArrayLike<number>): ArrayLike<number> =>
  evaluate(erf(constant(new NDArray("f64", [xs.length], Float64Array.from(xs)), "f64"))).data;

/** Places after the point, in bits, of the sums below. */
const PLACES = 256n;
const ONE = 1n << PLACES;
const TWO_OVER_SQRT_PI = 1128379167095512573896158903121545171688101258657997713688171443421284936n;
const DECIMALS = 10n ** 72n;

/** `erf x` to a unit in the last place: the alternating series in whole numbers. Source: Abramowitz & Stegun 7.1.5. */
export function erfExact(x: number): number {
  if (!(Math.abs(x) < 6.5)) return Math.sign(x);
  const scaled = Math.abs(x) < 2 ** -60 ? 0n : BigInt(x * 2 ** 120) << (PLACES - 120n);
  const z = (scaled * scaled) >> PLACES;
  let power = ONE;
  let sum = ONE;
  for (let n = 1n; power > 0n; n++) {
    power = ((power * z) / n) >> PLACES;
    sum += (n & 1n ? -power : power) / (2n * n + 1n);
  }
  const slope = (sum * TWO_OVER_SQRT_PI) / DECIMALS; // erf x / x
  return x * (Number(slope >> (PLACES - 120n)) / 2 ** 120);
}

/** What a function should give, in double precision. */
export const reference = (name: Name, x: number, y: number): number =>
  name === "erf" ? erfAll([x])[0]! : references[name](x, y);

/** A small generator of uniform numbers in 0 … 1, the same on every run. Source: Marsaglia 2003, xorshift32. */
export function uniform(seed: number): () => number {
  let state = seed * 0x9e3779b9 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Numbers of every exponent and sign, and as many again between -20 and 20 where most functions bend. */
export function sweep(dtype: DType, count: number, seed: number): Float64Array {
  const random = uniform(seed);
  const [low, high] = dtype === "f32" ? [-150, 128] : [-1075, 1024];
  return new Float64Array(count).map((_, i) => {
    const sign = i & 2 ? -1 : 1;
    const mantissa = 1 + random() + random() * 2 ** -32;
    const exponent = low + Math.floor((high - low) * random());
    const x = i & 1 ? sign * (mantissa - 1) * 2 ** (12 * random() - 7) : sign * mantissa * 2 ** exponent;
    return dtype === "f32" ? Math.fround(x) : x;
  });
}

/** Second operands of pow that leave most results finite. */
const exponents = (xs: Float64Array, dtype: DType, seed: number): Float64Array => {
  const random = uniform(seed);
  const range = dtype === "f32" ? 104 : 745;
  return xs.map((x, i) => {
    const y = i & 4 ? ((2 * random() - 1) * range) / Math.log(Math.abs(x)) : Math.round(40 * random() - 20);
    return dtype === "f32" ? Math.fround(y) : y;
  });
};

interface Points {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly exact: ArrayLike<number>;
}

const swept = new Map<string, Float64Array>();
const known = new Map<string, Points>();

/** Points of a sweep and what a function should give there, made once for all kinds of arithmetic. */
function pointsOf(name: Name, dtype: DType, count: number, seed: number): Points {
  const key = `${dtype} ${count} ${seed}`;
  const before = known.get(`${name} ${key}`);
  if (before) return before;
  const drawn = swept.get(key) ?? sweep(dtype, count, seed);
  swept.set(key, drawn);
  const xs = drawn;
  const ys = name === "pow" ? exponents(xs, dtype, seed + 1) : xs;
  const erfs = dtype === "f32" ? erfAll : (points: Float64Array) => points.map(erfExact);
  const exact = name === "erf" ? erfs(xs) : xs.map((x, i) => references[name](x, ys[i]!));
  const points = { xs, ys, exact };
  known.set(`${name} ${key}`, points);
  return points;
}

/** The worst of `count` points, and where it is. */
export function errorOf(
  name: Name,
  dtype: DType,
  count: number,
  seed: number,
  arithmetic: Arithmetic = PLAIN,
): { error: number; x: number; y: number; got: number; exact: number } {
  const { xs, ys, exact } = pointsOf(name, dtype, count, seed);
  const got = run(name, dtype, xs, ys, arithmetic);
  let worst = { error: -1, x: 0, y: 0, got: 0, exact: 0 };
  for (let i = 0; i < count; i++) {
    const error = ulps(got[i]!, exact[i]!, dtype);
    if (!(error <= worst.error)) worst = { error, x: xs[i]!, y: ys[i]!, got: got[i]!, exact: exact[i]! };
  }
  return worst;
}
