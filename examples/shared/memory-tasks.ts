/** Sequences with one answer at the end, which hangs on what came long before. */
import { array, type NDArray } from "@org/core";
import type { Random } from "./random.ts";

export interface Sequence {
  /** One row for each step. */
  readonly rows: readonly (readonly number[])[];
  /** A class, or a number. */
  readonly answer: number;
}

export interface Task {
  /** What a row has. */
  readonly width: number;
  /** 1: the answer is a number, right within 0.1; else so many classes. */
  readonly outputs: number;
  /** How often a lazy answer is right: the most frequent class, or always 1. */
  readonly chance: number;
  draw(length: number, random: Random): Sequence;
}

const symbols = 6;
const oneHot = (id: number): number[] => Array.from({ length: symbols }, (_, i) => Number(i === id));
/** Four kinds of symbols, which are noise or what is asked for; 4 and 5 are marks. */
const noise = (length: number, random: Random): number[] => Array.from({ length }, () => random.below(4));
const spelled = (ids: readonly number[], answer: number): Sequence => ({ rows: ids.map(oneHot), answer });
const classes = { width: symbols, outputs: 4, chance: 0.25 };

export type TaskName = "first" | "skip" | "forget" | "order" | "adding";

export const tasks: Readonly<Record<TaskName, Task>> = {
  /** Which symbol stood first? Whatever came after it is noise. */
  first: {
    ...classes,
    draw(length, random) {
      const ids = noise(length, random);
      return spelled(ids, ids[0]!);
    },
  },
  /** One of two marks stands among noise, and a symbol behind it: which? All else is to be skipped. */
  skip: {
    ...classes,
    draw(length, random) {
      const ids = noise(length, random);
      const at = random.below(Math.floor(length / 2));
      ids[at] = 4;
      return spelled(ids, ids[at + 1]!);
    },
  },
  /** A mark comes twice, as chapters end: which symbol stood behind the later one? What was kept is to be forgotten. */
  forget: {
    ...classes,
    draw(length, random) {
      const ids = noise(length, random);
      const third = Math.floor(length / 3);
      ids[random.below(third - 1)] = 4;
      const at = third + random.below(third);
      ids[at] = 4;
      return spelled(ids, ids[at + 1]!);
    },
  },
  /** X or Y at two places, noise elsewhere: XX, XY, YX or YY? Task 6a of Hochreiter & Schmidhuber 1997. */
  order: {
    ...classes,
    draw(length, random) {
      const ids = noise(length, random);
      const tenth = length / 10;
      const [a, b] = [random.below(2), random.below(2)];
      ids[Math.floor(tenth * (1 + random.uniform()))] = 4 + a;
      ids[Math.floor(tenth * (5 + random.uniform()))] = 4 + b;
      return spelled(ids, 2 * a + b);
    },
  },
  /** Numbers from 0 to 1, two of them marked, one in each half: their sum? Le, Jaitly & Hinton 2015, section 4.1. */
  adding: {
    width: 2,
    outputs: 1,
    chance: 0.19, // 1 - 0.9², the part of the sums from 0.9 to 1.1
    draw(length, random) {
      const half = Math.floor(length / 2);
      const marked = [random.below(half), half + random.below(length - half)];
      const values = Array.from({ length }, () => random.uniform());
      return {
        rows: values.map((value, t) => [value, Number(marked.includes(t))]),
        answer: values[marked[0]!]! + values[marked[1]!]!,
      };
    },
  },
};

/** Sequences side by side: `xs [length, batch, width]`, and the answer of each. */
export function drawBatch(
  task: Task,
  length: number,
  batch: number,
  random: Random,
): { xs: NDArray; answers: number[] } {
  const sequences = Array.from({ length: batch }, () => task.draw(length, random));
  const xs = new Float32Array(length * batch * task.width);
  sequences.forEach(({ rows }, column) => {
    for (const [t, row] of rows.entries()) xs.set(row, (t * batch + column) * task.width);
  });
  return {
    xs: array(xs, { shape: [length, batch, task.width] }),
    answers: sequences.map(({ answer }) => answer),
  };
}
