/** What tells a feature of the text: the best cell, the best of as many random directions, all cells together. */
import { auc, init, probeCells } from "@org/nn";
import { ridgeRegression } from "@org/optim";
import type { Read } from "./reader.ts";

/** A number for a memory; the larger, the more it says that the feature is true. */
export type Score = (memory: readonly number[]) => number;

const truths = (reads: readonly Read[], feature: string): number[] =>
  reads.map(({ truth }) => truth[feature]!);

/** The chance that a character of which the feature is true is scored above one of which it is not. */
export function area(reads: readonly Read[], feature: string, score: Score): number {
  return auc(
    reads.map(({ memory }) => score(memory)),
    truths(reads, feature),
  );
}

/** The cell that goes best with a feature by correlation, turned so that more means true. */
export function bestCell(reads: readonly Read[], feature: string): { cell: number; score: Score } {
  const memory = reads.map((read) => read.memory as number[]);
  const { unit, correlation } = probeCells(memory, { it: truths(reads, feature) }).it[0]!;
  const sign = correlation < 0 ? -1 : 1;
  return { cell: unit, score: (memory) => sign * memory[unit]! };
}

/** All cells, weighed by ridge regression. */
export function allCells(reads: readonly Read[], feature: string): Score {
  const memory = reads.map((read) => read.memory as number[]);
  const targets = truths(reads, feature).map((truth) => [truth]);
  const { W } = ridgeRegression(memory, targets, { penalty: 1 });
  return (memory) => memory.reduce((sum, value, i) => sum + value * W.data[i]!, 0);
}

/** The same memories seen along as many random directions as they have cells. */
export function turned(reads: readonly Read[]): Read[] {
  const units = reads[0]!.memory.length;
  const { data } = init.normal([units, units], { seed: 4 });
  return reads.map(({ memory, truth }) => ({
    truth,
    memory: memory.map((_, j) => memory.reduce((sum, value, i) => sum + value * data[i * units + j]!, 0)),
  }));
}
