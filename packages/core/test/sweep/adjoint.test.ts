/** `⟨u, J t⟩ = ⟨Jᵀ u, t⟩`, forward mode against reverse mode; and for linear ops `J t = f(x + t) - f(x)`. */
import { describe, expect, test } from "vitest";
import { jvp } from "../../src/autodiff/forward.ts";
import { vjp } from "../../src/autodiff/gradient.ts";
import { isFloat } from "../../src/dtype.ts";
import { constant, input } from "../../src/graph/leaves.ts";
import { apply, type Op } from "../../src/graph/op.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { array, type NDArray } from "../../src/ndarray.ts";
import type { Sample } from "../samples/arrays.ts";
import { samplesOf } from "../samples/samples.ts";
import { weights } from "./arrays.ts";
import { assertClose } from "./compare.ts";
import { opRecords } from "./op-records.ts";
import { interpreter, webAssembly } from "./target.ts";

/** Linear (or affine) in all float operands together. */
const LINEAR = [
  "add neg sub where cast identity broadcastTo sum cumsum slice pad concat flip reshape transpose take scatterAdd",
  "dynamicSlice dynamicUpdateSlice patches unpatches",
].flatMap((line) => line.split(" "));

/** Linear in each float operand alone. */
const BILINEAR = ["mul", "matmul"];

const records = await opRecords();

const finite = ({ operands }: Sample): boolean =>
  operands.every(({ data }) => data.every((x: number) => Math.abs(x) < 1e3));

const dot = (a: NDArray, b: NDArray): number => {
  let total = 0;
  a.data.forEach((x: number, i: number) => {
    total += x * b.data[i]!;
  });
  return total;
};

function draw(op: Op, { operands, attributes }: Sample) {
  const values = operands.map((value) => (isFloat(value.dtype) ? array(value, { dtype: "f64" }) : value));
  const inputs = values.map((value, i) => input(`x${i}`, value.shape, value.dtype));
  const wrt = inputs.map((_, i) => i).filter((i) => isFloat(inputs[i]!.dtype));
  const tangents = wrt.map((i) => weights(inputs[i]!.shape, "f64", 2 * i + 1));
  return { values, inputs, wrt, tangents, y: apply(op, inputs, attributes) };
}

describe.each([interpreter, webAssembly])("$name", (target) => {
  for (const { op } of records) {
    const samples = samplesOf(op).filter((sample) => {
      const { wrt, y } = draw(op, sample);
      return (
        finite(sample) &&
        op.differentiable &&
        op.name !== "customGradient" &&
        wrt.length > 0 &&
        isFloat(y.dtype)
      );
    });
    samples.forEach((sample, i) => {
      const { values, inputs, wrt, tangents, y } = draw(op, sample);
      const run = (outputs: readonly Tensor[], at = values) => target.prepare(outputs, inputs)(at);
      const by = wrt.map((k) => inputs[k]!);
      if (
        interpreter
          .prepare(
            [y],
            inputs,
          )(values)[0]!
          .data.some((x: number) => !Number.isFinite(x))
      )
        return;

      test(`${op.name}, sample ${i}: forward mode is the transpose of reverse mode`, () => {
        const u = weights(y.shape);
        const [pushed] = run([
          jvp(
            y,
            by,
            tangents.map((t) => constant(t)),
          ),
        ]);
        const pulled = run(vjp(y, by, constant(u)) as readonly Tensor[]);
        const forward = dot(u, pushed!);
        const reverse = pulled.reduce((total, g, k) => total + dot(g, tangents[k]!), 0);
        expect(Math.abs(forward - reverse)).toBeLessThan(1e-12 * Math.max(1, Math.abs(forward)));
      });

      const moving = BILINEAR.includes(op.name) ? wrt.map((k) => [k]) : LINEAR.includes(op.name) ? [wrt] : [];
      for (const group of moving) {
        test(`${op.name}, sample ${i}: moves by J t along operands ${group}`, () => {
          const chosen = group.map((k) => tangents[wrt.indexOf(k)]!);
          const [pushed] = run([
            jvp(
              y,
              group.map((k) => inputs[k]!),
              chosen.map((t) => constant(t)),
            ),
          ]);
          const there = [...values];
          group.forEach((k, at) => {
            there[k] = array(values[k]!.data.map((x, e) => x + chosen[at]!.data[e]!) as Float64Array, {
              shape: values[k]!.shape,
            });
          });
          const [before, after] = [run([y])[0]!, run([y], there)[0]!];
          const change = array(after.data.map((x, e) => x - before.data[e]!) as Float64Array, {
            shape: after.shape,
          });
          assertClose(op.name, pushed!, change, { relative: 1e-12, absolute: 1e-12 });
        });
      }
    });
  }
});
