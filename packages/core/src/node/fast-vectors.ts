import v8 from "node:v8";
import { compile } from "../compile.ts";
import { input } from "../graph/leaves.ts";
import { scan } from "../loops/scan.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { matmul } from "../ops/matmul.ts";
import { assumePairsPacked } from "../targets/wasm/arithmetic.ts";
import { fusesMultiplyAdd } from "../targets/wasm/runtime/probe.ts";
import { WasmRuntime } from "../targets/wasm/runtime/runtime.ts";
import { knownAnswers } from "./known-answers.ts";

/** What programs use that are compiled from now on. */
export interface FastVectors {
  /** `x y + z` in one operation with one rounding. */
  readonly fma: boolean;
  /** Vectors of 256 bits instead of 128. */
  readonly wide: boolean;
  /** Why vectors are not wide, where they are not. */
  readonly reason?: string;
}

/** 12.9 → 1209. V8 complains in print of flags that it does not know, so they are set where it has them. */
const version = (): number => {
  const [major = 0, minor = 0] = process.versions.v8.split(".").map(Number);
  return 100 * major + minor;
};
const RELAXED = { flag: "--experimental-wasm-relaxed-simd", until: 1104 };
const REVECTORIZE = {
  flag: "--experimental-wasm-revectorize",
  off: "--no-experimental-wasm-revectorize",
  from: 1209,
};
/** A wide product has to be that much faster: packed it takes half the time, not packed about as long as before or longer. */
const WORTH_IT = 0.85;
const ROUNDS = 40;

let found: FastVectors | undefined;

/**
 * Tells V8, Node's engine, to use what it has of vectors and keeps behind flags: relaxed SIMD in Node 20, and on x86-64
 * with AVX2 from Node 23.5 on its *revectorizer*, which makes one operation of 256 bits of two neighbouring ones of 128.
 * That pass is an experiment of V8's, so it is not trusted unseen: programs with kernels of every family have to give the
 * same bits with it as without it, and a product has to be faster; else it is switched off again. Takes about a quarter of a second,
 * once for a process. Call it before anything is compiled: runtimes that exist stay what they are, those that are made later, on
 * any number of threads, use what was found, as `report().fma` and `report().wide` say.
 * @returns what programs use from now on; wide or not, they give the same bits
 * @example
 * const { wide } = useFastVectors();
 * const x = input("x", [2]);
 * compile({ inputs: { x }, outputs: add(x, x), runtime: createRuntime() }).report().wide === wide; // → true
 */
export function useFastVectors(): FastVectors {
  found ??= probe();
  return found;
}

function probe(): FastVectors {
  if (version() < RELAXED.until) v8.setFlagsFromString(RELAXED.flag);
  const fma = fusesMultiplyAdd();
  if (version() < REVECTORIZE.from)
    return { fma, wide: false, reason: `V8 ${process.versions.v8} does not pack vectors into pairs` };
  const reason = withoutBaseline(tryWide);
  assumePairsPacked(reason === undefined);
  return reason === undefined ? { fma, wide: true } : { fma, wide: false, reason };
}

/** Runs something whose modules V8's optimising compiler makes at once; the baseline compiler knows nothing of the flag. */
function withoutBaseline<T>(run: () => T): T {
  v8.setFlagsFromString("--no-liftoff");
  try {
    return run();
  } finally {
    v8.setFlagsFromString("--liftoff");
  }
}

/** Why not; undefined where all is well and the flag is set. */
function tryWide(): string | undefined {
  using narrow = new WasmRuntime({ arithmetic: { wide: false } });
  using wide = new WasmRuntime({ arithmetic: { wide: true } });
  const expected = knownAnswers(narrow);
  const narrowProduct = product(narrow);
  narrowProduct();
  v8.setFlagsFromString(REVECTORIZE.flag);
  const reason = difference(expected, knownAnswers(wide)) ?? slowness(narrowProduct, product(wide));
  if (reason !== undefined) v8.setFlagsFromString(REVECTORIZE.off);
  return reason;
}

function difference(expected: readonly NDArray[], answers: readonly NDArray[]): string | undefined {
  const same = expected.every(({ data }, i) => {
    const [a, b] = [data, answers[i]!.data].map((x) => Buffer.from(x.buffer, x.byteOffset, x.byteLength));
    return a!.equals(b!);
  });
  return same ? undefined : `V8 ${process.versions.v8} packs vectors into pairs that give other bits`;
}

function slowness(narrow: () => number, wide: () => number): string | undefined {
  wide();
  let [least, leastWide] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    least = Math.min(least, narrow());
    leastWide = Math.min(leastWide, wide());
  }
  if (leastWide < WORTH_IT * least) return undefined;
  return `V8 ${process.versions.v8} does not make products faster by packing vectors into pairs on this processor`;
}

/** The milliseconds of products in a loop, on numbers that are all 0. */
function product(runtime: WasmRuntime): () => number {
  const [rows, size] = [48, 128];
  const [h, W] = [input("h", [rows, size]), input("W", [size, size])];
  const { carry } = scan((state) => ({ carry: matmul(state, W) }), { init: h, length: 8 });
  const run = compile({ runtime, inputs: { h, W }, outputs: carry });
  const feeds = { h: emptyArray("f32", h.shape), W: emptyArray("f32", W.shape) };
  const into = run(feeds);
  return () => {
    const start = performance.now();
    run(feeds, { into });
    return performance.now() - start;
  };
}
