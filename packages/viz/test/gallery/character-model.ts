import { constant, evaluate, math, oneHot, scan, tanh } from "@org/core";
import { gridDiagram } from "@org/viz";
import { chance } from "../results/figures.ts";

const letters = ["h", "e", "l", "o"];
const text = "hello";

const matrix = (rows: number, columns: number, seed: number): number[][] =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => 3 * chance(seed + 10 * i + j) - 1.5),
  );

/** A network of three units that reads letters and scores the next: the numbers are what core computes. */
export function characterModel(): string {
  const ids = [...text].map((letter) => letters.indexOf(letter));
  const x = oneHot(constant(ids.slice(0, -1), "i32"), letters.length);
  const [U, W, V] = [matrix(4, 3, 1), matrix(3, 3, 50), matrix(3, 4, 100)];
  const { ys } = scan(
    (h, x_t) => {
      const next = tanh(math`${x_t} @ ${U} + ${h} @ ${W}`);
      return { carry: next, y: { h: next, y: math`${next} @ ${V}` } };
    },
    { init: constant([0, 0, 0]), xs: x },
  );
  const rows = (
    [shown, hidden, scores] = [x, ys.h, ys.y].map((tensor) => evaluate(tensor).toNested() as number[][]),
  ): number[][][] => [shown!, hidden!, scores!];
  const [shown, hidden, scores] = rows() as [number[][], number[][], number[][]];
  const steps = shown.map((_, t) => t);
  return gridDiagram(
    [
      {
        nodes: steps.flatMap((t) => [
          { id: `in ${t}`, label: text[t]!, kind: "variable" as const, column: t, row: 0 },
          { id: `x${t}`, values: shown[t]!, kind: "variable" as const, column: t, row: 1 },
          { id: `h${t}`, values: hidden[t]!, kind: "cell" as const, column: t, row: 2 },
          { id: `y${t}`, values: scores[t]!, kind: "variable" as const, column: t, row: 3 },
          { id: `out ${t}`, label: text[t + 1]!, kind: "variable" as const, column: t, row: 4 },
        ]),
        edges: steps.flatMap((t) => [
          { from: `in ${t}`, to: `x${t}` },
          { from: `x${t}`, to: `h${t}`, label: "W_xh" },
          { from: `h${t}`, to: `y${t}`, label: "W_hy" },
          { from: `y${t}`, to: `out ${t}` },
          ...(t > 0 ? [{ from: `h${t - 1}`, to: `h${t}`, label: "W_hh" }] : []),
        ]),
        notes: ["one-hot letter · hidden state · scores of h, e, l, o · the letter that is to come"],
      },
    ],
    { pitch: [110, 104] },
  );
}
