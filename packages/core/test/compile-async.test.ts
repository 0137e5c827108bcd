/** Compiling in slices: the same executable, the same errors, and the event loop has its turns. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import {
  add,
  compile,
  compileAsync,
  constant,
  createRuntime,
  evaluate,
  input,
  mul,
  parameter,
  square,
  type Tensor,
  tanh,
} from "../src/index.ts";
import { compileModule, compileModuleAsync } from "../src/targets/wasm/runtime/compile-module.ts";
import { derivatives, expectClose } from "./properties/runs.ts";

test("random graphs with their gradients: the values of compile, many compiled at once", async () => {
  const graphs = fc.array(arbitraryGraph({ instructions: 4, depth: 1 }), { minLength: 2, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(graphs, fc.constantFrom("wasm", "interpreter"), async (drawn, target) => {
      const runtime = createRuntime({ target });
      const made = await Promise.all(
        drawn.map((graph) => compileAsync({ inputs: graph.inputs, outputs: derivatives(graph), runtime })),
      );
      made.forEach((step, i) => {
        const { inputs, feeds } = drawn[i]!;
        const same = compile({ inputs, outputs: derivatives(drawn[i]!), runtime });
        expectClose(step(feeds), same(feeds));
        expect(step.report().kernels).toBe(same.report().kernels);
      });
      runtime.dispose();
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test("updates, and a runtime that is used in between", async () => {
  const w = parameter("w", 1);
  const double = compile({ outputs: { w }, updates: [[w, mul(w, 2)]] });
  const compiling = compileAsync({ outputs: { w }, updates: [[w, add(w, 1)]] });
  double();
  const step = await compiling;
  expect([step().w.item(), w.value.item(), double().w.item()]).toEqual([2, 3, 3]);
});

test("the event loop has its turns while a long program is compiled", async () => {
  let y: Tensor = input("x", [4]);
  const x = y;
  for (let i = 0; i < 2000; i++) y = i % 2 ? tanh(y) : add(y, mul(x, i));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const step = await compileAsync({ inputs: { x }, outputs: y });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
  expectClose([step({ x: [1, 2, 3, 4] })], [evaluate(y, { x: [1, 2, 3, 4] })]);
});

test("errors come as rejections, under its own name", async () => {
  const x = input("x", []);
  await expect(compileAsync({ outputs: { y: tanh(x) } })).rejects.toThrow(/^compileAsync: input "x" is used/);
  const runtime = createRuntime();
  const compiling = compileAsync({ inputs: { x }, outputs: { y: tanh(x) }, runtime });
  runtime.dispose();
  await expect(compiling).rejects.toThrow("the runtime was disposed");
});

test.each([
  "WebAssembly.Module(): Refused to compile or instantiate WebAssembly module because neither 'wasm-unsafe-eval' nor 'unsafe-eval' is an allowed source of script in the following Content Security Policy directive",
  "call to WebAssembly.Module() blocked by CSP",
  "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
])("a policy that forbids WebAssembly is named, with the remedy: %s", async (text) => {
  class Blocked {
    constructor() {
      throw new Error(text);
    }
  }
  vi.stubGlobal("WebAssembly", { Module: Blocked, compile: async () => new Blocked() });
  try {
    const remedy = /Content-Security-Policy[\s\S]*'wasm-unsafe-eval'/;
    expect(() => compileModule(new Uint8Array())).toThrow(remedy);
    await expect(compileModuleAsync(new Uint8Array())).rejects.toThrow(remedy);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("where there is no WebAssembly, the error names the interpreter, which needs none", () => {
  vi.stubGlobal("WebAssembly", undefined);
  try {
    const outputs = { y: square(constant(3)) };
    expect(() => compile({ runtime: createRuntime(), outputs })).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: compile: there is no WebAssembly here
        hint: switch it on, or run without: createRuntime({ target: "interpreter" })]
    `);
    const runtime = createRuntime({ target: "interpreter" });
    expect(compile({ runtime, outputs })().y.item()).toBe(9);
  } finally {
    vi.unstubAllGlobals();
  }
});
