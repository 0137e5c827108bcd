/**
 * A model as an equation, its gradient, and the whole training step in one compiled call.
 *
 * A regression in one page. A teacher with known weights makes the targets, so the student's weights can be checked.
 */
import assert from "node:assert/strict";
import {
  compile,
  evaluate,
  grad,
  input,
  math,
  mean,
  parameter,
  randomKey,
  randomNormal,
  square,
  sub,
} from "@org/core";
import { saveResults } from "../shared/result.ts";

const seeds = { inputs: 1, teacher: 2, student: 3 };
const trueBias = 0.5;

const x = input("x", [32, 10]);
const t = input("t", [32, 1]);
const w = parameter("w", evaluate(randomNormal(randomKey(seeds.student), [10, 1])));
const b = parameter("b", [0]);

const y = math`tanh(${x} @ ${w} + ${b})`;
const loss = mean(square(sub(y, t)));
const [gw, gb] = grad(loss, [w, b]);

const step = compile({
  inputs: { x, t },
  outputs: { loss },
  updates: [
    [w, math`${w} - 0.1 * ${gw}`],
    [b, math`${b} - 0.1 * ${gb}`],
  ],
});

const teacher = evaluate(math`${randomNormal(randomKey(seeds.teacher), [10, 1])} / 3`);
const xs = evaluate(randomNormal(randomKey(seeds.inputs), [32, 10]));
const ts = evaluate(math`tanh(${xs} @ ${teacher} + ${trueBias})`);

const losses = Array.from({ length: 3001 }, () => step({ x: xs, t: ts }).loss.item());
for (const at of [0, 10, 100, 1000, 3000]) console.log(`step ${at}`.padEnd(12), losses[at]?.toExponential(2));

const distance = Math.max(
  ...teacher.data.map((value, i) => Math.abs(value - (w.value.data[i] ?? Number.NaN))),
);
console.log(`\nbias ${b.value.data[0]?.toFixed(4)}, the teacher's is ${trueBias}`);
console.log(`largest difference between the weights: ${distance.toExponential(1)}`);
assert(distance < 1e-3, `the weights are ${distance} away from the teacher's`);
saveResults("regression", {
  seeds: 1,
  results: [
    {
      metric: "largest difference from the teacher's weights",
      value: distance.toExponential(1),
      baseline: `${Math.max(...teacher.data.map(Math.abs)).toFixed(1)}, all of them 0`,
    },
  ],
});
