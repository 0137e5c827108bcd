import { constant, evaluate, grad, type NDArray, neg, square, sub, sum, type Tensor } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { GRUCell, type GRUCellOptions, RNNCell, recurrent } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose, randomize, values } from "../values.ts";
import { agrees, type Listing } from "./agreement.ts";
import { cellOptions, notesModel, sizes } from "./model.ts";
import type { Matrix } from "./plain.ts";
import * as plain from "./plain.ts";

interface Step {
  readonly X: Matrix;
  readonly before: Matrix;
  readonly Z: Matrix;
  readonly R: Matrix;
  readonly candidate: Matrix;
}

const complement = (gate: Matrix): Matrix => plain.map(gate, (z) => 1 - z);
const slope = (gate: Matrix): Matrix => plain.map(gate, (z) => z * (1 - z));
const difference = (a: Matrix, b: Matrix): Matrix => plain.zip(a, b, (x, y) => x - y);

/** `gru(inputs, state, params)` of the notes, reset before the product, and the chain rule through it. */
function listing(update: "keep" | "write"): Listing {
  const steps: Step[] = [];
  let W: Record<string, Matrix> = {};
  const zeros: Matrix = Array.from({ length: sizes.batch }, () =>
    new Array<number>(sizes.hiddenSize).fill(0),
  );
  /** How much of the old state stays. */
  const kept = (Z: Matrix): Matrix => (update === "keep" ? Z : complement(Z));
  return {
    forward(parameters, inputs) {
      W = parameters;
      const block = (letter: string, X: Matrix, H: Matrix): Matrix => {
        const sum = plain.add(plain.matmul(X, W[`W_x${letter}`]!), plain.matmul(H, W[`W_h${letter}`]!));
        return plain.addRow(sum, W[`b_${letter}`]![0]!);
      };
      let H = zeros;
      const all = inputs.map((X) => {
        const before = H;
        const Z = plain.map(block("z", X, H), plain.sigmoid);
        const R = plain.map(block("r", X, H), plain.sigmoid);
        const candidate = plain.map(block("h", X, plain.mul(R, H)), Math.tanh);
        H = plain.add(plain.mul(kept(Z), H), plain.mul(complement(kept(Z)), candidate));
        steps.push({ X, before, Z, R, candidate });
        return H;
      });
      return { H: all, state: { h: H } };
    },

    backward(dHs, totals) {
      let dHNext = zeros;
      for (const [t, { X, before, Z, R, candidate }] of [...steps.entries()].reverse()) {
        const dH = plain.add(dHs[t]!, dHNext);
        const back = (gradient: Matrix, letter: string): Matrix =>
          plain.matmul(gradient, plain.transpose(W[`W_h${letter}`]!));
        const dCandidate = plain.mul(
          dH,
          complement(kept(Z)),
          plain.map(candidate, (y) => 1 - y * y),
        );
        const dReset = back(dCandidate, "h");
        const sides = update === "keep" ? difference(before, candidate) : difference(candidate, before);
        const dZ = plain.mul(dH, sides, slope(Z));
        const dR = plain.mul(dReset, before, slope(R));
        totals.addBlock("h", dCandidate, X, plain.mul(R, before));
        totals.addBlock("z", dZ, X, before);
        totals.addBlock("r", dR, X, before);
        dHNext = plain.add(plain.mul(dH, kept(Z)), plain.mul(dReset, R), back(dZ, "z"), back(dR, "r"));
      }
    },
  };
}

describe.each([
  ["A11: h ← (1 - Z) ⊙ h + Z ⊙ H̃", "write"],
  ["A12: h ← Z ⊙ h + (1 - Z) ⊙ H̃", "keep"],
] as const)("%s", (_, update) => {
  agrees(notesModel(new GRUCell({ ...cellOptions, update, reset: "before" })), listing(update), 11);
});

type Kind = Pick<GRUCellOptions, "update" | "reset">;
const make = (kind: Kind, seed: number): GRUCell => {
  const cell = new GRUCell({ ...cellOptions, ...kind });
  randomize(cell.parameters, seed);
  return cell;
};

test("A12: the two conventions are one with -W_z and -b_z, in values and in gradients", () => {
  const gate = /^(W_xz|W_hz|b_z)$/;
  fc.assert(
    fc.property(fc.nat(1e6), fc.constantFrom("before" as const, "after" as const), (seed, reset) => {
      const [keep, write] = [make({ update: "keep", reset }, seed), make({ update: "write", reset }, seed)];
      for (const [name, parameter] of Object.entries(write.parameters)) {
        if (gate.test(name)) parameter.value = evaluate(neg(parameter));
      }
      const xs = constant(values(seed, 4, 2, 4));
      const [a, b] = [keep, write].map((cell) => {
        const { outputs } = recurrent(cell, xs);
        return evaluate({ outputs, gradients: grad(sum(square(outputs)), cell.parameters) });
      });
      expectClose(a!.outputs, b!.outputs, 1e-14);
      for (const [name, gradient] of Object.entries(a!.gradients)) {
        const other = (b!.gradients as Record<string, NDArray>)[name]!;
        expectClose(gradient, gate.test(name) ? neg(other) : other, 1e-13, name);
      }
    }),
    { numRuns: 10 },
  );
});

describe("A13: the reset gate before or after the recurrent product", () => {
  const kinds = (["keep", "write"] as const).flatMap((update) =>
    (["before", "after"] as const).map((reset) => ({ update, reset })),
  );
  test.each(kinds)("$update, $reset: first and second derivatives equal differences", (kind) => {
    const cell = make(kind, 3);
    const { outputs } = recurrent(cell, constant(values(1, 3, 2, 4)));
    checkGradients(sum(square(outputs)), cell.parameters, { order: 2 }).assert();
  });

  test("are different networks", () => {
    const [before, after] = (["before", "after"] as const).map((reset) => make({ update: "keep", reset }, 3));
    after!.parameters.b_hh!.value = [0, 0, 0];
    const xs = constant(values(1, 3, 2, 4));
    const gap = evaluate(sub(recurrent(before!, xs).outputs, recurrent(after!, xs).outputs));
    expect(Math.max(...gap.data.map(Math.abs))).toBeGreaterThan(1e-3);
  });
});

describe("A14: gates that are held open or shut", () => {
  const x = constant(values(1, 2, 4));
  const h = constant(values(2, 2, 3));
  const step = (reset: "before" | "after", biases: { b_r?: number; b_z: number }) => {
    const cell = make({ update: "keep", reset }, 5);
    if (reset === "after") cell.parameters.b_hh!.value = [0, 0, 0];
    for (const [name, value] of Object.entries(biases)) {
      cell.parameters[name as "b_r" | "b_z"]!.value = new Float64Array(3).fill(value);
    }
    return { cell, h: cell.step(x, { h }).h };
  };
  /** The plain cell with the weights of the candidate. */
  const plainStep = ({ parameters }: GRUCell, before: Tensor): Tensor => {
    const cell = new RNNCell(cellOptions);
    cell.parameters.W_xh.value = parameters.W_xh.value;
    cell.parameters.W_hh.value = parameters.W_hh.value;
    cell.parameters.b_h!.value = parameters.b_h!.value;
    return cell.step(x, { h: before }).h;
  };

  describe.each(["before", "after"] as const)("reset %s", (reset) => {
    test("R = 1 and Z = 0 make a plain RNN", () => {
      const { cell, h: next } = step(reset, { b_r: 60, b_z: -60 });
      expectClose(next, plainStep(cell, h), 1e-15);
    });

    test("R = 0 and Z = 0 make a layer that sees X alone", () => {
      const { cell, h: next } = step(reset, { b_r: -60, b_z: -60 });
      expectClose(next, plainStep(cell, sub(h, h)), 1e-15);
    });

    test("Z = 1 skips the step", () => {
      expectClose(step(reset, { b_z: 60 }).h, h, 1e-15);
    });
  });
});

test("E1, E2: both choices have to be made", () => {
  const some = (kind: object) => () => new GRUCell({ ...cellOptions, ...kind } as GRUCellOptions);
  expect(some({ reset: "before" })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: GRUCell: update is "keep" or "write", received undefined
      rule: texts write the GRU in different ways, so both have to be chosen]
  `);
  expect(some({ update: "keep", reset: "during" })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: GRUCell: reset is "before" or "after", received "during"
      rule: texts write the GRU in different ways, so both have to be chosen]
  `);
});
