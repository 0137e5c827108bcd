import type { Instruction } from "./emitter.ts";
import type { LaneCount } from "./emitter-lanes.ts";
import type { Access, Nest } from "./loop-nest.ts";

/** Nanoseconds of a vector of four singles; two doubles take twice as long. Measured, see the README of the target. */
const COSTS: Readonly<Record<string, number>> = {
  exp: 4,
  expm1: 6.4,
  log: 7.2,
  log1p: 9.6,
  sin: 13,
  cos: 12,
  tanh: 8.8,
  sigmoid: 8.4,
  softplus: 18,
  erf: 9.6,
  pow: 46,
  sqrt: 0.8,
  rsqrt: 1.6,
  div: 0.8,
  min: 0.6,
  max: 0.6,
};
const LONG = 4;

/** Whether an instruction is a function of many instructions. */
export const isLong = ({ name }: Instruction): boolean => (COSTS[name] ?? 0) >= LONG;

/** Nanoseconds that instructions take for one vector, loads aside. */
export const instructionCost = (instructions: readonly Instruction[], lanes: LaneCount): number =>
  instructions.reduce((sum, { kind, name }) => {
    if (kind === "load" || kind === "lookup" || kind === "constant") return sum;
    return sum + (COSTS[name] ?? 0.12) * (lanes === 2 ? 2 : 1);
  }, 0);

/** Nanoseconds to load or store a vector. */
export function accessCost({ strides, dtype }: Access, vector: number, lanes: LaneCount): number {
  const stride = strides[vector] ?? 0;
  if (stride === 0) return 0.05;
  const near = Math.abs(stride) === 1 ? 0.15 : 0.3 * lanes;
  return dtype === "bool" ? near + 0.3 : near;
}

/** How many vectors cover an axis, and the others with it. */
export const vectorCount = (nest: Nest, vector: number, lanes: LaneCount): number =>
  nest.lengths.reduce(
    (count, length, axis) => count * (axis === vector ? Math.ceil(length / lanes) : length),
    1,
  );

/** The one of `axes` along which vectors cost least; -1 where there is none. */
export function cheapest(axes: readonly number[], cost: (axis: number) => number): number {
  let [best, least] = [-1, Infinity];
  for (const axis of axes) {
    const price = cost(axis);
    if (price < least) [best, least] = [axis, price];
  }
  return best;
}
