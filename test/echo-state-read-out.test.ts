/** CHECKLIST A22: an echo state network whose read-out is found at once, in closed form. */
import { constant, evaluate, type NDArray, slice } from "@org/core";
import { assign, EchoStateCell, init, Linear, mse, recurrent } from "@org/nn";
import { ridgeRegression } from "@org/optim";
import { expect, test } from "vitest";

const [steps, washout, delay] = [600, 50, 5];
const signal = init.uniform([steps, 1, 1], { seed: 1, dtype: "f64" });
const delayed = Float64Array.from(signal.data, (_, t) => signal.data[t - delay] ?? 0);
const part = (value: NDArray, from: number, to: number): NDArray =>
  evaluate(slice(constant(value), [from, 0, 0], [to, 1, value.shape[2]!]));

test("it tells what it heard five steps ago, on a part of the signal that the read-out was not fitted to", () => {
  const cell = new EchoStateCell({ inputSize: 1, hiddenSize: 60, seed: 2, inputScale: 0.3, dtype: "f64" });
  const head = new Linear({ inputSize: 60, outputSize: 1, seed: 3, dtype: "f64" });
  const states = evaluate(recurrent(cell, constant(signal)).outputs);
  const targets = evaluate(
    constant(
      Array.from(delayed, (x) => [[x]]),
      "f64",
    ),
  );
  const fitted = ridgeRegression(part(states, washout, 400), part(targets, washout, 400), { penalty: 1e-8 });
  assign({ W: head.parameters.W, b: head.parameters.b! }, fitted);
  const error = mse(head.apply(part(states, 400, steps)), part(targets, 400, steps));
  const variance = 1 / 3;
  expect(evaluate(error).item() / variance).toBeLessThan(0.03);
});
