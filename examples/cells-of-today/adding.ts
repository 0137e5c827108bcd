/** The problem of adding: two marked numbers of a sequence, and their sum at its end. */
import { compile, input, type Runtime, reshape } from "@org/core";
import { mse, recurrent } from "@org/nn";
import { drawBatch, tasks } from "../shared/memory-tasks.ts";
import { randomFrom } from "../shared/random.ts";
import type { Ends, Model } from "./cells.ts";
import { type Lesson, mean } from "./learning.ts";

const batch = 32;
const testBatches = 16;
const task = tasks.adding;

export const addingEnds: Ends = { from: { width: task.width }, hidden: 16, outputs: 1 };
/** Of the answer 1: the variance of the sum of two uniform numbers. */
export const lazyError: number = 1 / 6;

/** What a model is told, and how well it answers of sequences that it has not seen. */
export function adding(model: Model, length: number, runtime: Runtime): Lesson {
  const xs = input("xs", [length, batch, task.width]);
  const answers = input("answers", [batch]);
  const { state } = recurrent(model.cell, model.embed(xs));
  const said = reshape(model.score(model.cell.output(state)), [batch]);
  const ask = compile({ inputs: { xs }, outputs: { said }, runtime });
  return {
    parts: model.parts,
    inputs: { xs, answers },
    loss: mse(said, answers),
    carried: {},
    begin() {
      const random = randomFrom(1);
      return () => ({ ...drawBatch(task, length, batch, random) });
    },
    measure() {
      const tests = Array.from({ length: testBatches }, (_, i) =>
        drawBatch(task, length, batch, randomFrom(900 + i)),
      );
      const apart = tests.flatMap((each) => {
        const { data } = ask({ xs: each.xs }).said;
        return each.answers.map((answer, i) => Math.abs(answer - data[i]!));
      });
      return { measured: mean(apart.map((d) => d * d)), right: mean(apart.map((d) => Number(d < 0.1))) };
    },
  };
}
