/** Each cell against its equations as plain loops over numbers; linear ones all steps at once too; gradients. */
import { constant, evaluate, grad, mean, square, sum } from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import { describe, expect, test } from "vitest";
import { cellsWithPorts, input, type Matrix, sizes, type Weights } from "./cell-ports.ts";
import { expectClose, randomize, values } from "./values.ts";

const time = 5;

describe.each(Object.entries(cellsWithPorts))("%s", (name, { cell, port, linear, shape = [input] }) => {
  randomize(cell.parameters, 3);
  const xs = values(7, time, 2, ...shape);
  const weights = (): Weights =>
    Object.fromEntries(
      Object.entries(cell.parameters).map(([key, { value }]) => [key, value.toNested()]),
    ) as never;
  const ofSequence = (b: number): Matrix => {
    const size = shape.reduce((a, c) => a * c, 1);
    const flat = (t: number) => Array.from(xs.data.subarray((2 * t + b) * size, (2 * t + b + 1) * size));
    return Array.from({ length: time }, (_, t) => flat(t));
  };

  test("is its equations", () => {
    const { outputs } = nn.recurrent(cell, constant(xs));
    const tolerance = name === "LegendreMemoryCell" ? 1e-9 : 1e-11;
    const found = evaluate(outputs);
    const width = found.data.length / (2 * time);
    for (const b of [0, 1]) {
      const expected = port(weights(), ofSequence(b)).map((row) => [...row]);
      const rowAt = (t: number) =>
        Array.from(found.data.subarray((2 * t + b) * width, (2 * t + b + 1) * width));
      expectClose(
        expected.map((_, t) => rowAt(t)),
        expected,
        tolerance,
        `sequence ${b}`,
      );
    }
  });

  test("gradients", () => {
    const short = constant(values(9, 2, 1, ...shape));
    const loss = mean(square(nn.recurrent(cell, short).outputs));
    checkGradients(loss, cell.parameters, { mode: "directions", directions: 2 }).assert();
  });

  if (linear)
    test("all steps at once: outputs, states, gradients; both ways, from any state", () => {
      const state = Object.fromEntries(
        Object.entries(cell.initialState(2)).map(([key, { shape }], i) => [
          key,
          constant(values(20 + i, ...shape)),
        ]),
      );
      for (const reverse of [false, true]) {
        const both = [false, true].map((parallel) => {
          const { outputs, state: last } = nn.recurrent(cell, constant(xs), {
            initialState: state,
            reverse,
            parallel,
          });
          const names = Object.keys(last);
          const loss = sum(square(outputs));
          return [outputs, ...names.map((key) => last[key]!), ...Object.values(grad(loss, cell.parameters))];
        });
        const [loop, once] = both.map((tensors) => evaluate(tensors)) as [never[], never[]];
        expect(once.length).toBe(loop.length);
        for (const [i, value] of loop.entries()) expectClose(once[i]!, value, 1e-10, `${reverse} ${i}`);
      }
      const one = nn.recurrent(cell, constant(values(5, 1, 2, ...shape)), { parallel: true });
      expect(one.outputs.shape[0]).toBe(1);
    });
});

test("what parallel does not take", () => {
  const x = constant(values(1, 4, 2, input));
  const linear = new nn.MinGRUCell(sizes);
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("expected an error");
  };
  expect([
    message(() => nn.recurrent(new nn.RNNCell(sizes), x, { parallel: true })),
    message(() => nn.recurrent(linear, x, { parallel: true, lengths: [1, 2] })),
    message(() => nn.recurrent(linear, x, { parallel: 1 as never })),
  ]).toMatchInlineSnapshot(`
    [
      "RNNCell: parallel runs cells whose state is a linear function of the one before, and this one's is not
      hint: leave parallel out: the loop runs every cell",
      "MinGRUCell: parallel and lengths do not go together",
      "MinGRUCell: parallel is true or false, received 1",
    ]
  `);
});
