/** No public function without a test: each is called in functions.json, or the table says where it is tested. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as core from "../../src/index.ts";
import { fixtureCalls } from "./fixture-calls.ts";

/** Functions that a table of calls does not suit, and the test file, under core/test, that covers each. */
const elsewhere: Readonly<Record<string, string>> = {
  ancestors: "graph.test.ts",
  associativeScan: "functions/associative-scan.test.ts",
  array: "functions/dtypes.test.ts",
  checkOptionNames: "errors/plain-javascript.test.ts",
  checkOptionValues: "errors/plain-javascript.test.ts",
  checkpoint: "loops/checkpoint.test.ts",
  cond: "loops/conditions.test.ts",
  compile: "compile.test.ts",
  compileAsync: "compile-async.test.ts",
  constant: "functions/dtypes.test.ts",
  createRuntime: "errors/running.test.ts",
  customGradient: "autodiff/custom-gradient.test.ts",
  defaultDType: "functions/plain-numbers.test.ts",
  deferredArray: "graph/deferred-array.test.ts",
  descendants: "graph.test.ts",
  eigh: "functions/decompositions.test.ts",
  evaluate: "functions/dtypes.test.ts",
  gaussNewtonProduct: "autodiff/derivatives.test.ts",
  grad: "autodiff/gradients.test.ts",
  gradOf: "autodiff/functional.test.ts",
  hessian: "autodiff/derivatives.test.ts",
  hvp: "autodiff/derivatives.test.ts",
  inWords: "errors/plain-javascript.test.ts",
  input: "functions/random.test.ts",
  isLoop: "loops/unroll.test.ts",
  jacobian: "autodiff/derivatives.test.ts",
  jit: "jit.test.ts",
  jvp: "autodiff/derivatives.test.ts",
  loadMetadata: "safetensors.test.ts",
  loadTensors: "safetensors.test.ts",
  math: "math.test.ts",
  mathWith: "math.test.ts",
  named: "functions/shapes.test.ts",
  ownCode: "graph/own-code.test.ts",
  nextBelow: "errors/plain-javascript.test.ts",
  parameter: "autodiff/gradients.test.ts",
  qr: "functions/decompositions.test.ts",
  randomBernoulli: "functions/random.test.ts",
  randomCategorical: "functions/random.test.ts",
  randomKey: "functions/random.test.ts",
  randomNormal: "functions/random.test.ts",
  randomUniform: "functions/random.test.ts",
  renewed: "compile.test.ts",
  requireEnd: "errors/plain-javascript.test.ts",
  saveTensors: "safetensors.test.ts",
  scan: "loops/scan.test.ts",
  sourceLine: "graph.test.ts",
  splitKey: "functions/random.test.ts",
  stopGradient: "autodiff/gradients.test.ts",
  substitute: "graph.test.ts",
  svd: "functions/decompositions.test.ts",
  tensorBeside: "functions/plain-numbers.test.ts",
  topK: "functions/associative-scan.test.ts",
  unroll: "loops/unroll.test.ts",
  unrollNode: "loops/unroll.test.ts",
  valueAndGrad: "autodiff/functional.test.ts",
  vjp: "autodiff/derivatives.test.ts",
  vmap: "batching/vmap.test.ts",
  whileLoop: "loops/ending-loops.test.ts",
  withDType: "functions/plain-numbers.test.ts",
  withScope: "graph.test.ts",
};

const isFunction = (value: unknown): boolean =>
  typeof value === "function" && !/^class\b/.test(String(value));
const functions = Object.entries(core).flatMap(([name, value]) => (isFunction(value) ? [name] : []));
const called = new Set(fixtureCalls.map(({ fn }) => fn));

test("every public function is tested", () => {
  expect(functions.filter((name) => !called.has(name) && !(name in elsewhere))).toEqual([]);
});

test("the table names functions that exist, once, and files that call them", () => {
  expect(Object.keys(elsewhere).filter((name) => !functions.includes(name) || called.has(name))).toEqual([]);
  const silent = Object.entries(elsewhere).filter(([name, file]) => {
    const text = readFileSync(join(import.meta.dirname, "..", file), "utf8");
    return !new RegExp(`\\b${name}\\b`).test(text.replace(/^import[\s\S]*?;$/gm, ""));
  });
  expect(silent).toEqual([]);
});
