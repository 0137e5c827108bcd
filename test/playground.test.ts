/** What the playground makes of typed text: equations, cells, formulas. Its pages are driven by `test:browser`. */
import { constant, EquationError, evaluate, grad, parameter, sum, type Tensor } from "@org/core";
import { assign, type Cell, GRUCell, init, LSTMCell, RNNCell, recurrent } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formulas } from "../playground/src/check/formula.ts";
import { typedFunction } from "../playground/src/check/function.ts";
import {
  Problem,
  type ProblemKind,
  type Problems,
  type Reason,
  reasonOf,
} from "../playground/src/problem.ts";
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
import { english } from "../playground/src/words/english.ts";
import { vietnamese } from "../playground/src/words/vietnamese.ts";

const values: Readonly<Record<string, readonly number[]>> = {
  x: [0.5, -1, 2],
  y: [1.5, 0.3, -0.7],
  w: [2, 1.2, 0.4],
};
const variables = (): Record<string, ReturnType<typeof parameter>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, parameter(name, value, "f64")]));

/** Why something is refused. */
function refusal(make: () => unknown): Reason | undefined {
  try {
    make();
  } catch (error) {
    return reasonOf(error, "stopped");
  }
  return undefined;
}

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

  test.each<[text: string, reason: Reason]>([
    ["c = x", { kind: "noState", said: {} }],
    [
      "h = x @ W_xh +",
      {
        kind: "wrongEquation",
        said: { line: 1 },
        detail: "expected an operand, found the end\n  x @ W_xh +\n            ^ column 11",
      },
    ],
    ["\nh = x @ W_xh\nx = h", { kind: "xIsSet", said: { line: 3 } }],
    ["h x", { kind: "noEquation", said: { line: 1, found: "h x" } }],
    ["h = b", { kind: "wrongState", said: { line: 1, wanted: "[1, 4]", found: "[4]" } }],
    ["h = x @ h", { kind: "wrongEquation", said: { line: 1 }, detail: expect.stringContaining("matmul: ") }],
  ])("%j is refused, with its line", (text, reason) => {
    const seed = evaluate(constant([1, 2], "i32"));
    expect(refusal(() => typedCell(text, { ...sizes, seed }))).toEqual(reason);
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
  expect(refusal(() => corpusOf(" \n\t"))).toEqual({ kind: "emptyText", said: {} });
});

/** All that a page says, by the path to it. */
const said = (words: object, path = ""): [path: string, said: unknown][] =>
  Object.entries(words).flatMap(([name, value]): [string, unknown][] =>
    typeof value === "object" ? said(value, `${path}${name}.`) : [[`${path}${name}`, value]],
  );

describe("the page in two languages", () => {
  /** What the sentences about each problem are made of. */
  const examples: Partial<Problems> = {
    shortText: { window: 32, needed: 33, found: 9 },
    notUtf8: { file: "photo.txt" },
    textNotFetched: { text: "kieu" },
    outOfBounds: { setting: "hidden", least: 2, most: 512 },
    noEquation: { line: 7, found: "h x" },
    xIsSet: { line: 7 },
    wrongEquation: { line: 7 },
    wrongState: { line: 7, wanted: "[1, 4]", found: "[4]" },
    wrongSetting: { setting: "layers" },
    noNumbers: { name: "W", found: "[1, 2" },
    wrongValue: { name: "W" },
  };
  const kinds = Object.keys(english.problems) as ProblemKind[];
  const sentences = (words: typeof english): string[] =>
    kinds.map((kind) => (words.problems[kind] as (said: unknown) => string)(examples[kind] ?? {}));

  test("both say the same things, in words of their own", () => {
    const [en, vi] = [said(english), said(vietnamese)];
    expect(vi.map(([path]) => path)).toEqual(en.map(([path]) => path));
    const same = en.filter(([path, text]) => new Map(vi).get(path) === text).map(([path]) => path);
    // Names, and what both languages write in the same way.
    expect(same).toEqual([
      "train.texts.time-machine",
      "train.texts.kieu",
      "train.cells.rnn",
      "train.cells.lstm",
      "train.cells.gru",
    ]);
  });

  test("every problem is a sentence in both, and no sentence of one is English in the other", () => {
    const [en, vi] = [sentences(english), sentences(vietnamese)];
    for (const [i, kind] of kinds.entries()) {
      expect(en[i], kind).toMatch(/^\S.*\.$/);
      expect(vi[i], kind).toMatch(/\.$/);
      expect(vi[i], kind).toMatch(/[ăâđêôơưạảãáàậẩấầắặẵẻéẹểếềệỉíìịỏóòọổốồộớờợủúùụứừửữựỳý]/);
      expect(vi[i], kind).not.toMatch(/\b(the|is|are|not|of|and|this|that|cannot|has)\b/i);
      // What the sentence is made of is in both.
      for (const part of Object.values(examples[kind] ?? {}))
        if (part !== "hidden") for (const text of [en[i], vi[i]]) expect(text, kind).toContain(String(part));
    }
    expect(new Set(vi).size).toBe(kinds.length);
  });

  test("what the library throws keeps its own words, beside a sentence of the page", () => {
    expect(reasonOf(new Error("math: no function\n  at http://host/page-1a.js:1:20"), "notExamined")).toEqual(
      {
        kind: "notExamined",
        said: {},
        detail: "no function",
      },
    );
    const known: Reason = { kind: "noNumbers", said: { name: "x", found: "[1, 2" } };
    expect(reasonOf(new Problem(known), "notExamined")).toBe(known);
    expect(refusal(() => typedFunction("x^2", { x: "[1, 2" }))).toEqual(known);
    expect(refusal(() => typedFunction("  ", {}))).toEqual({ kind: "emptyFunction", said: {} });
    expect(refusal(() => typedFunction("x^2", { x: "[[1], [2, 3]]" }))).toMatchObject({
      kind: "wrongValue",
      said: { name: "x" },
      detail: expect.stringMatching(/./),
    });
  });
});
