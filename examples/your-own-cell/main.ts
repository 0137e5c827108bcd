/**
 * The equations of a cell, checked to second order, drawn, and trained to add in binary.
 *
 * A cell of your own in a few lines: the equations of the minimal gated unit, one gate for everything a GRU has two for,
 *     f = σ(x W_xf + h W_hf + b_f),   h̃ = tanh(x W_xh + (f ⊙ h) W_hh + b_h),   h ← (1 - f) ⊙ h + f ⊙ h̃.
 * Any object with `parameters`, `initialState`, `step` and `output` runs in the same loop as the cells of nn, is checked
 * against finite differences, drawn unrolled, and trained. It adds two numbers in binary, digit by digit, so it has to
 * find out what a carry is.
 * Source: Zhou, Wu, Zhang & Zhou 2016, "Minimal gated unit for recurrent neural networks", equations 6 to 8.
 */
import assert from "node:assert/strict";
import { array, compile, constant, input, math, mean, parameter, square, type Tensor } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { binaryCrossEntropyWithLogits, type Cell, init, Linear, parameters, recurrent } from "@org/nn";
import { adam, minimize } from "@org/optim";
import { renderSvg } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";

function minimalGatedUnit(inputSize: number, size: number, dtype: "f32" | "f64" = "f32"): Cell<Tensor> {
  const fromInput = (name: string, seed: number) =>
    parameter(name, init.glorotUniform([inputSize, size], { seed, dtype }));
  const fromState = (name: string, seed: number) =>
    parameter(name, init.orthogonal([size, size], { seed, dtype }));
  const bias = (name: string, value: number) => parameter(name, new Array(size).fill(value), dtype);
  const [W_xf, W_hf, b_f] = [fromInput("W_xf", 1), fromState("W_hf", 2), bias("b_f", 1)];
  const [W_xh, W_hh, b_h] = [fromInput("W_xh", 3), fromState("W_hh", 4), bias("b_h", 0)];
  return {
    parameters: { W_xf, W_hf, b_f, W_xh, W_hh, b_h },
    initialState: (batch) => constant(array(new Float64Array(batch * size), { shape: [batch, size] }), dtype),
    step(x, h) {
      const f = math`σ(${x} @ ${W_xf} + ${h} @ ${W_hf} + ${b_f})`;
      const candidate = math`tanh(${x} @ ${W_xh} + (${f} ⊙ ${h}) @ ${W_hh} + ${b_h})`;
      return math`(1 - ${f}) ⊙ ${h} + ${f} ⊙ ${candidate}`;
    },
    output: (h) => h,
  };
}

// 1. Is every gradient right, to second order? In doubles, over three steps of two sequences.
const small = minimalGatedUnit(2, 3, "f64");
const few = constant(init.normal([3, 2, 2], { seed: 5, dtype: "f64" }));
const check = checkGradients(mean(square(recurrent(small, few).outputs)), small.parameters, { order: 2 });
console.log(String(check));
check.assert();
savePicture(
  "your-own-cell",
  "unrolled.svg",
  await renderSvg(mean(square(recurrent(small, few).outputs)), { unroll: 3 }),
);

// 2. Does it learn? Two numbers, the lowest digit first; a digit of the sum at every step.
const [time, batch] = [12, 64];
const steps = process.argv.includes("--quick") ? 500 : 1500;
const model = { cell: minimalGatedUnit(2, 16), head: new Linear({ inputSize: 16, outputSize: 1, seed: 6 }) };
const digits = input("digits", [time, batch, 2]);
const sums = input("sums", [time, batch, 1]);
const logits = model.head.apply(recurrent(model.cell, digits).outputs);
const loss = binaryCrossEntropyWithLogits(logits, sums);
const updates = minimize(loss, parameters(model), adam({ learningRate: 0.01 }));
const step = compile({ inputs: { digits, sums }, outputs: { loss }, updates });
const answer = compile({ inputs: { digits }, outputs: { logits } });

function draw(seed: number) {
  const { data } = init.uniform([batch, 2], { seed, low: 0, high: 2 ** (time - 1), dtype: "f64" });
  const digit = (number: number, t: number): number => Math.floor(number / 2 ** t) % 2;
  const [a, b] = [0, 1].map((i) => Array.from({ length: batch }, (_, row) => Math.floor(data[2 * row + i]!)));
  const places = Array.from({ length: time }, (_, t) => t);
  return {
    digits: places.map((t) => a!.map((first, row) => [digit(first, t), digit(b![row]!, t)])),
    sums: places.map((t) => a!.map((first, row) => [digit(first + b![row]!, t)])),
  };
}
for (let i = 0; i < steps; i++) {
  const { loss } = step(draw(i));
  if (i % 100 === 0) console.log(`step ${String(i).padStart(4)}: loss ${loss.item().toFixed(4)}`);
}
const test = draw(1e6);
const found = answer({ digits: test.digits }).logits.toNested() as number[][][];
const right = test.sums[0]!.filter((_, row) =>
  test.sums.every((column, t) => found[t]![row]![0]! > 0 === (column[row]![0] === 1)),
);
console.log(
  `${right.length} of ${batch} sums are right in all ${time} digits; without a carry 4 % would be, (3/4)¹¹`,
);
assert(right.length >= 0.9 * batch, "it did not learn to carry");
saveResults("your-own-cell", {
  seeds: 1,
  picture: "unrolled.svg",
  results: [
    {
      metric: `sums of two numbers right in all ${time} digits, %`,
      value: Number(((100 * right.length) / batch).toFixed(1)),
      baseline: "4, without a carry",
    },
  ],
});
