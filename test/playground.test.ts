/** What the playground makes of typed text: equations, cells, formulas. Its pages are driven by `test:browser`. */
import { constant, EquationError, evaluate, grad, parameter, sum, type Tensor } from "@org/core";
import { assign, type Cell, GRUCell, init, LSTMCell, RNNCell, recurrent } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formulas } from "../playground/src/check/formula.ts";
import {
  type Dials,
  firstDials,
  firstSettings,
  type Settings,
  wrongDial,
  wrongSetting,
} from "../playground/src/settings.ts";
import { corpusOf, streamsIn } from "../playground/src/training/corpus.ts";
import { equationOf, namesIn } from "../playground/src/training/equation.ts";
import { typedCell } from "../playground/src/training/typed-cell.ts";

const values: Readonly<Record<string, readonly number[]>> = {
  x: [0.5, -1, 2],
  y: [1.5, 0.3, -0.7],
  w: [2, 1.2, 0.4],
};
const variables = (): Record<string, ReturnType<typeof parameter>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, parameter(name, value, "f64")]));

/** Equations that are finite at these values. */
const { equation } = fc.letrec<{ equation: string }>((tie) => ({
  equation: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("x", "y", "w", "2", "1e-1", "0.5"),
    fc
      .tuple(tie("equation"), fc.constantFrom("+", "-", "*", " ⊙ "), tie("equation"))
      .map(([a, op, b]) => `(${a})${op}${b}`),
    fc
      .tuple(tie("equation"), fc.constantFrom(" - ", " / "))
      .map(([a, op]) => `w${op}(${op === " / " ? `2 + tanh(${a})` : a})`),
    fc.tuple(fc.constantFrom("tanh", "σ", "sin", "-"), tie("equation")).map(([f, a]) => `${f}(${a})`),
    tie("equation").map((a) => `tanh(${a})^2`),
  ),
}));

test("the names of an equation are those that are not called, and not in numbers", () => {
  expect(namesIn("tanh(x @ W_xh + 1e3 * h2) - σ (b)")).toEqual(["x", "W_xh", "h2", "b"]);
});

/** What cannot follow an equation, and where in it the error is. */
const wrongs: readonly (readonly [text: string, column: number])[] = [
  [" + foo(x)", 4],
  [" * x y", 6],
  [" * (y", 6],
  [" @ )", 4],
  [" - w -", 7],
];

test("an error points at the column in the text as it was typed", () => {
  fc.assert(
    fc.property(equation, fc.constantFrom(...wrongs), (before, [wrong, place]) => {
      const text = `(${before})${wrong}`;
      const named = variables();
      let error: unknown;
      try {
        equationOf(text, (name) => named[name]!);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(EquationError);
      expect((error as EquationError).equation).toBe(text);
      expect((error as EquationError).column).toBe(text.length - wrong.length + place);
    }),
  );
});

test("a gradient as a formula is the gradient: read again, it has the same values", () => {
  fc.assert(
    fc.property(equation, (text) => {
      const named = variables();
      const y = sum(equationOf(text, (name) => named[name]!));
      const gradients = grad(y, named);
      const expected = evaluate(gradients);
      const lines = formulas(gradients, Object.keys(named));
      const known = new Map<string, Tensor>(Object.entries(named));
      const found: Record<string, Tensor> = {};
      for (const line of lines) {
        const [, target, equation] = /^(\w+) = (.*)$/.exec(line)!;
        const made = equationOf(equation!.replaceAll("²", "^2"), (name) => known.get(name)!);
        if (target! in named) found[target!] = made;
        else known.set(target!, made);
      }
      for (const name of Object.keys(named)) {
        const { data } = evaluate(found[name]!);
        Array.from(expected[name]!.data).forEach((value, i) => {
          // What is the same for all elements is written as one number; numbers are written with six digits.
          const written = data[data.length === 1 ? 0 : i]!;
          expect(Math.abs(written - value), `${text}: ${written}, not ${value}`).toBeLessThan(
            1e-4 * (1 + Math.abs(value)),
          );
        });
      }
    }),
  );
});

describe("a typed cell computes what the cell of nn does", () => {
  const sizes = { inputSize: 3, hiddenSize: 4 };
  const cells: Record<string, [Cell<never>, string]> = {
    RNN: [new RNNCell({ ...sizes, seed: 1 }) as never, "h = tanh(x @ W_xh + h @ W_hh + b_h)"],
    LSTM: [
      new LSTMCell({ ...sizes, seed: 2 }) as never,
      `i = σ(x @ W_xi + h @ W_hi + b_i)
       f = σ(x @ W_xf + h @ W_hf + b_f)
       o = σ(x @ W_xo + h @ W_ho + b_o)  # the output gate
       g = tanh(x @ W_xc + h @ W_hc + b_c)
       c = f ⊙ c + i ⊙ g
       h ← o ⊙ tanh(c)`,
    ],
    GRU: [
      new GRUCell({ ...sizes, seed: 3, update: "keep", reset: "before" }) as never,
      `z = σ(x @ W_xz + h @ W_hz + b_z)
       r = σ(x @ W_xr + h @ W_hr + b_r)
       n = tanh(x @ W_xh + (r ⊙ h) @ W_hh + b_h)
       h = z ⊙ h + (1 - z) ⊙ n`,
    ],
  };
  test.each(Object.entries(cells))("%s", (_, [cell, text]) => {
    const typed = typedCell(text, { ...sizes, seed: evaluate(constant([1, 2], "i32")) });
    const own = Object.fromEntries(Object.entries(cell.parameters).map(([name, { value }]) => [name, value]));
    assign(typed.parameters, own);
    const xs = constant(init.normal([5, 2, 3], { seed: 4 }));
    const [expected, found] = [evaluate(recurrent(cell, xs).outputs), evaluate(recurrent(typed, xs).outputs)];
    expect(Array.from(found.data)).toEqual(Array.from(expected.data));
  });

  test.each([
    ["c = x", "a cell needs a line “h = …”: h is what the layer above sees"],
    ["h = x @ W_xh +", "line 1, expected an operand, found the end"],
    ["\nh = x @ W_xh\nx = h", "line 3: x is what a step reads, it cannot be set"],
    ["h x", "line 1: expected “name = equation”, found “h x”"],
    ["h = b", "line 1: h has to be [batch, hidden], [1, 4] here, and is [4]"],
    ["h = x @ h", "line 1, matmul: "],
  ])("%j is refused, with its line", (text, message) => {
    const seed = evaluate(constant([1, 2], "i32"));
    expect(() => typedCell(text, { ...sizes, seed })).toThrow(message);
  });
});

test("settings that a file brings are checked, one by one", () => {
  expect([wrongSetting(firstSettings), wrongDial(firstDials)]).toEqual([undefined, undefined]);
  const odd = fc.constantFrom(-1, 1.5, 1e9, Number.NaN, null, undefined, "", "constructor", [], {});
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(firstSettings)), odd, (name, value) => {
      fc.pre(!(name === "equations" && typeof value === "string") && !(name === "seed" && value === 1e9));
      expect(wrongSetting({ ...firstSettings, [name]: value } as Settings)).toBe(name);
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(firstDials)), odd, (name, value) => {
      fc.pre(!(typeof value === "number" && value >= 0));
      expect(wrongDial({ ...firstDials, [name]: value } as Dials)).toBe(name);
    }),
  );
});

test("a text is code points, its last tenth is held out, and streams fit into it", () => {
  const { vocabulary, training, heldOut } = corpusOf("🐋🦭\r\n".repeat(30));
  expect(vocabulary.characters).toEqual(["\n", "🐋", "🦭"]);
  expect([training.length, heldOut.length]).toEqual([81, 9]);
  expect([streamsIn(training, 10, 16), streamsIn(heldOut, 9, 16)]).toEqual([8, 0]);
  expect(() => corpusOf(" \n\t")).toThrow("the text is empty");
});
