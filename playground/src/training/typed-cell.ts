import {
  constant,
  evaluate,
  type NDArray,
  type Parameter,
  parameter,
  splitKey,
  type Tensor,
  zeros,
} from "@org/core";
import { type Cell, init } from "@org/nn";
import { Problem, wordsOf } from "../problem.ts";
import { equationOf, namesIn } from "./equation.ts";

/** What a cell carries, by the names of its equations. */
export type State = Readonly<Record<string, Tensor>>;

interface Line {
  /** Counted from 1, as readers do. */
  readonly number: number;
  readonly target: string;
  readonly equation: string;
  /** Where the equation begins in its line. */
  readonly column: number;
}

const LINE = /^(\s*)([A-Za-z_][A-Za-z_0-9]*)(\s*(?:=|←)\s*)(.*\S)\s*$/;

function readLines(text: string): Line[] {
  const lines = text.split("\n").flatMap((line, i): Line[] => {
    const code = line.replace(/(?:#|\/\/).*$/, "");
    if (code.trim() === "") return [];
    const [, indent, target, equals, equation] = LINE.exec(code) ?? [];
    if (indent === undefined || !target || !equals || !equation)
      throw new Problem({ kind: "noEquation", said: { line: i + 1, found: line.trim() } });
    if (target === "x") throw new Problem({ kind: "xIsSet", said: { line: i + 1 } });
    return [{ number: i + 1, target, equation, column: indent.length + target.length + equals.length }];
  });
  if (!lines.some(({ target }) => target === "h")) throw new Problem({ kind: "noState", said: {} });
  return lines;
}

/**
 * A cell that is typed as equations, one a line, computed from top to bottom. `x` is what a step reads; `h`, and what is
 * read before a line sets it, is carried to the next step; all other names are parameters, of a size by their names:
 *
 *     W_x…  [input, hidden]      W…  [hidden, hidden]      any other name  [hidden]
 *
 * @throws Problem naming the line
 */
export function typedCell(
  text: string,
  { inputSize, hiddenSize, seed }: { inputSize: number; hiddenSize: number; seed: NDArray },
): Cell<State> {
  const lines = readLines(text);
  const targets = new Set(lines.map(({ target }) => target));
  const set = new Set<string>();
  const carried = new Set(["h"]);
  const free = new Set<string>();
  for (const { target, equation } of lines) {
    for (const name of namesIn(equation)) {
      if (name === "x" || set.has(name)) continue;
      if (targets.has(name)) carried.add(name);
      else free.add(name);
    }
    set.add(target);
  }
  const seeds = evaluate(splitKey(seed, Math.max(1, free.size)));
  const first = (name: string, i: number): Parameter => {
    const seed = seeds[i]!;
    const values = name.startsWith("W_x")
      ? init.glorotUniform([inputSize, hiddenSize], { seed })
      : name.startsWith("W")
        ? init.orthogonal([hiddenSize, hiddenSize], { seed })
        : new Float64Array(hiddenSize);
    return parameter(name, values, "f32");
  };
  const parameters = Object.fromEntries([...free].map((name, i) => [name, first(name, i)]));
  const cell: Cell<State> = {
    inputSize,
    parameters,
    initialState: (batch) =>
      Object.fromEntries([...carried].map((name) => [name, zeros([batch, hiddenSize])])),
    step(x, state) {
      const known = new Map<string, Tensor>(Object.entries({ ...parameters, ...state, x }));
      for (const line of lines) known.set(line.target, computed(line, known, [x.shape[0]!, hiddenSize]));
      return Object.fromEntries([...carried].map((name) => [name, known.get(name)!]));
    },
    output: ({ h }) => h!,
  };
  cell.step(constant(init.uniform([1, inputSize], { seed: 0 })), cell.initialState(1));
  return cell;
}

/** The value of one line. @throws Problem naming it */
function computed(line: Line, known: ReadonlyMap<string, Tensor>, shape: readonly [number, number]): Tensor {
  const { number: at } = line;
  let value: Tensor;
  try {
    value = equationOf(line.equation, (name) => known.get(name)!);
  } catch (error) {
    throw new Problem({ kind: "wrongEquation", said: { line: at }, detail: wordsOf(error) });
  }
  if (line.target !== "h" || String(value.shape) === String(shape)) return value;
  const [wanted, found] = [shape, value.shape].map((each) => `[${each.join(", ")}]`) as [string, string];
  throw new Problem({ kind: "wrongState", said: { line: at, wanted, found } });
}
