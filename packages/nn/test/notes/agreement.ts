import { evaluate, grad } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { expect, test } from "vitest";
import { expectClose } from "../values.ts";
import { labels, type NotesModel, plainInputs, plainNumbers } from "./model.ts";
import { crossEntropy, type Matrix, matmul, sumRows, Totals, transpose } from "./plain.ts";

/** A listing of the notes: forward through all steps, then the chain rule backward through them, by hand. */
export interface Listing {
  /** Hidden states of all steps; the last state in full. */
  forward(
    parameters: Record<string, Matrix>,
    inputs: readonly Matrix[],
  ): { H: Matrix[]; state: Record<string, Matrix> };
  /** Adds up parameter gradients, given those that the head sends to each hidden state. */
  backward(dH: readonly Matrix[], totals: Totals): void;
}

/** Tests that a model's graph and a listing agree in values and in the gradient of every parameter. */
export function agrees(
  { parameters, logits, loss, state }: NotesModel,
  listing: Listing,
  count: number,
): void {
  const numbers = plainNumbers(parameters);
  const { W_hq, b_q } = numbers as { W_hq: Matrix; b_q: Matrix };
  const forward = listing.forward(numbers, plainInputs);
  const O = forward.H.map((H) => matmul(H, W_hq).map((row) => row.map((x, j) => x + b_q[0]![j]!)));
  const expected = crossEntropy(O, labels);

  test("the forward pass equals the listing", () => {
    expectClose(logits, O, 1e-14);
    expectClose(loss, expected.loss, 1e-14);
    for (const [name, value] of Object.entries(forward.state)) expectClose(state[name]!, value, 1e-14, name);
  });

  test(`the gradients of all ${count} parameters equal backpropagation through time by hand`, () => {
    const totals = new Totals();
    expected.gradients.forEach((dO, t) => {
      totals.add("W_hq", matmul(transpose(forward.H[t]!), dO));
      totals.add("b_q", [sumRows(dO)]);
    });
    listing.backward(
      expected.gradients.map((dO) => matmul(dO, transpose(W_hq))),
      totals,
    );
    const gradients = evaluate(grad(loss, parameters));
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(totals.values).sort());
    expect(Object.keys(gradients)).toHaveLength(count);
    for (const [name, gradient] of Object.entries(gradients)) {
      const expected = totals.values[name]!;
      expectClose(gradient, gradient.shape.length === 1 ? expected[0]! : expected, 1e-13, name);
    }
  });

  test("first and second derivatives equal differences", () => {
    checkGradients(loss, parameters, { order: 2 }).assert();
  });
}
