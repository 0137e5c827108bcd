/** The same vector functions in place and as functions to call, and no more than one of each in a module. */
import { expect, test } from "vitest";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import { powFunction, unaryFunction } from "../../src/targets/wasm/math/vector-math.ts";
import { run, UNARY } from "./vector-loops.ts";
import { instantiate } from "./webassembly.ts";

const XS = { f32: [0.3, -2.5, 1e7, 40], f64: [0.7, -1e9] };

test.each(["f32", "f64"] as const)("called in %s, they give what they give in place", (dtype) => {
  const type = dtype === "f32" ? "f32x4" : "f64x2";
  const module = new ModuleBuilder();
  module.memory({ min: 1, export: "memory" });
  for (const name of [...UNARY, "pow" as const])
    module.function({ name, params: [], results: [], export: true }, (f) => {
      f.i32.const(32);
      if (name === "pow") f.call(powFunction(module, type), f.v128.load(0), f.v128.load(16));
      else f.call(unaryFunction(module, name, type), f.v128.load(0));
      f.v128.store();
    });
  const functions = [unaryFunction(module, "exp", type), unaryFunction(module, "exp", type)];
  expect(functions[0]).toBe(functions[1]);
  const exports = instantiate(module.finish());
  const Type = dtype === "f32" ? Float32Array : Float64Array;
  const xs = Type.from(XS[dtype]);
  const [first, second, result] = [0, 16, 32].map((at) => new Type(exports.memory.buffer, at, xs.length));
  first!.set(xs);
  second!.set(xs);
  for (const name of [...UNARY, "pow" as const]) {
    exports[name]();
    expect([...result!], name).toEqual([...run(name, dtype, xs)]);
  }
});
