import { expect, test } from "vitest";
import {
  array,
  evaluate,
  grad,
  input,
  MemoryMeter,
  math,
  parameter,
  scan,
  square,
  sum,
  type Tensor,
} from "../src/index.ts";

const [batch, hidden] = [2, 8];
const stateBytes = batch * hidden * 4;

/** Peak bytes of the value and the gradient of `sum(h_T²)` for an RNN over T steps, and the gradient. */
function run(length: number, checkpoint?: "sqrt") {
  const w = parameter(
    "w",
    array(
      Float32Array.from({ length: hidden * hidden }, (_, i) => Math.sin(i) / 4),
      { shape: [hidden, hidden] },
    ),
  );
  const xs = input("xs", [length, batch, hidden]);
  const init = array(new Float32Array(batch * hidden), { shape: [batch, hidden] });
  const step = (h: Tensor, x: Tensor) => ({ carry: math`tanh(${h} @ ${w} + ${x})` });
  const { carry } = scan(step, { init, xs, ...(checkpoint && { checkpoint }) });
  const loss = sum(square(carry));
  const memory = new MemoryMeter();
  const feeds = { xs: Float32Array.from({ length: length * batch * hidden }, (_, i) => Math.cos(i)) };
  const { gradient } = evaluate({ loss, gradient: grad(loss, w) }, feeds, { memory });
  return { peak: memory.peak, gradient };
}

test("the gradient of a scan keeps two states a step, and with checkpoints some hundred in all", () => {
  const short = run(1_000);
  const long = run(10_000);
  const perStep = (long.peak - short.peak) / 9_000;
  expect(perStep).toBeCloseTo(2 * stateBytes, 0);
  const sparse = run(10_000, "sqrt");
  // 100 carries between segments, and twice 100 states inside of one.
  expect(sparse.peak).toBeLessThan(400 * stateBytes);
  expect(sparse.peak).toBeLessThan(long.peak / 40);
  expect(sparse.gradient.toNested()).toEqual(long.gradient.toNested());
});
