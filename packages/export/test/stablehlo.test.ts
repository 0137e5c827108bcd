/** What toStableHlo writes. That XLA computes the same from it is looked at by `npx -y pnpm@12 interop`. */
import {
  add,
  array,
  input,
  mul,
  Node,
  type Op,
  parameter,
  scan,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import { ops } from "@org/core/ops";
import { adam, minimize } from "@org/optim";
import { expect, test } from "vitest";
import { toStableHlo } from "../src/index.ts";
import { operations } from "../src/stablehlo/operations.ts";
import { denseText, numberText } from "../src/stablehlo/types.ts";

test("every record has an entry, or is written by itself", () => {
  const structural = ["checkpoint", "constant", "input", "parameter", "placeholder", "scan"];
  expect([...Object.keys(operations), ...structural].sort()).toEqual(Object.keys(ops).sort());
});

test("a module reads as one would write it", () => {
  const x = input("x", [2, 3]);
  const w = parameter("w", [1, 2, 3]);
  const { functions } = toStableHlo({ inputs: { x }, outputs: { y: tanh(mul(x, w)) } });
  expect(functions.outputs).toEqual({
    takes: ["params.w", "batch.x"],
    gives: ["outputs.y"],
    module: `module {
  func.func public @main(
    %arg0: tensor<3xf32>, // params.w
    %arg1: tensor<2x3xf32> // batch.x
  ) -> (tensor<2x3xf32>) {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
    %1 = stablehlo.multiply %arg1, %0 : tensor<2x3xf32>
    %2 = stablehlo.tanh %1 : tensor<2x3xf32>
    return %2 : tensor<2x3xf32>
  }
}
`,
  });
});

test("numbers are exact: short decimals, and bits where there is more to say", () => {
  expect([0, 0.5, -3, 1e-20, Infinity].map((x) => numberText(x, "f32"))).toEqual([
    "0.0",
    "0.5",
    "-3.0",
    "0x1E3CE508",
    "0x7F800000",
  ]);
  expect([-0, 0.1, Number.NaN].map((x) => numberText(x, "f64"))).toEqual([
    "0x8000000000000000",
    "0x3FB999999999999A",
    "0x7FF8000000000000",
  ]);
  expect(denseText(array([1, 2]))).toBe('dense<"0x0000803f00000040">');
  expect(denseText(array([7, 7], { dtype: "i32" }))).toBe("dense<7>");
});

test("a loop is one while, forwards or in reverse, whatever its length", () => {
  const textOf = (length: number, reverse: boolean): string => {
    const x = input("x", [length, 2]);
    const step = (h: Tensor, t: Tensor) => ({ carry: tanh(add(h, t)), y: square(h) });
    const { ys } = scan(step, { init: [0, 0], xs: x, reverse }) as { ys: Tensor };
    return toStableHlo({ inputs: { x }, outputs: { ys } }).functions.outputs!.module;
  };
  const text = textOf(4, false);
  expect(text.match(/stablehlo\.while/g)).toHaveLength(1);
  expect(textOf(400, false).split("\n")).toHaveLength(text.split("\n").length);
  expect(text).not.toContain("stablehlo.subtract");
  expect(textOf(4, true)).toContain("stablehlo.subtract");
});

test("training is cut in two, whose arrays have names", () => {
  const x = input("x", [2]);
  const w = parameter("w", [3, 4]);
  const loss = sum(square(sub(mul(w, x), 1)));
  const updates = minimize(loss, { w }, adam({ learningRate: 0.1 }));
  const { functions } = toStableHlo({ inputs: { x }, outputs: { loss }, updates });
  expect(functions.gradients!.takes).toEqual(["params.w", "batch.x"]);
  expect(functions.gradients!.gives).toEqual(["outputs.loss", "gradients.w"]);
  expect(functions.update!.takes).toEqual(
    expect.arrayContaining(["gradients.w", "params.w", "state.mean.w"]),
  );
  expect(functions.update!.gives[0]).toBe("params.w");
});

test("what has no words is refused by name", () => {
  const own: Op = { ...ops.tanh, name: "myOp" };
  const x = input("x", [2]);
  const y = new Node(own, [x], undefined, [{ shape: [2], dtype: "f32" }]).result();
  expect(() => toStableHlo({ inputs: { x }, outputs: { y } })).toThrow(
    /^toStableHlo: myOp is not one of the library's ops \(made at /,
  );
  expect(() => toStableHlo({ outputs: { y: mul(x, 2) } })).toThrow(
    /toStableHlo: the graph reads the input "x"/,
  );
});
