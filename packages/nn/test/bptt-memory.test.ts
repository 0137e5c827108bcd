/** What backpropagation through 1,000 steps keeps in memory; scripts/bptt.ts measures its time as well. */
import { compile, evaluate, grad, input, MemoryMeter } from "@org/core";
import * as nn from "@org/nn";
import { expect, test } from "vitest";

const [batch, hidden] = [2, 8];
const cell = new nn.LSTMCell({ inputSize: 3, hiddenSize: hidden, seed: 1 });

/** Bytes that the gradient over `steps` steps needs at once: by the interpreter, and reserved by the compiled step. */
function bytes(steps: number, options: nn.RecurrentOptions<nn.LSTMState> = {}): [number, number] {
  const [xs, ys] = [input("xs", [steps, batch, 3]), input("ys", [steps, batch, hidden])];
  const loss = nn.mse(nn.recurrent(cell, xs, options).outputs, ys);
  const gradients = grad(loss, nn.parameters(cell));
  const memory = new MemoryMeter();
  evaluate(gradients, { xs: new Float32Array(steps * 6), ys: new Float32Array(steps * 16) }, { memory });
  const { arenaBytes } = compile({ inputs: { xs, ys }, outputs: gradients }).report();
  return [memory.peak, arenaBytes];
}

const full = bytes(1000);
const within = (part: readonly number[], low: number, high: number): void => {
  part.forEach((each, i) => {
    expect(each / full[i]!).toBeGreaterThan(low);
    expect(each / full[i]!).toBeLessThan(high);
  });
};

test("B09: full, it grows with the number of steps, and no faster", () => within(bytes(500), 0.45, 0.6));

test("B10: windows that are calls of their own need as much as their steps", () => within(bytes(50), 0, 0.1));

test("B10: windows side by side in one call cut gradients, not memory; those that overlap run side by side", () => {
  within(bytes(1000, { truncate: 50 }), 0.9, 1.2);
  within(bytes(1000, { truncate: { every: 50, back: 150 } }), 1.5, 4.5);
});

test("checkpoints keep a small part of it", () => within(bytes(1000, { checkpoint: "sqrt" }), 0, 0.5));
