import type { DType } from "../../../dtype.ts";
import type { ReduceKernel } from "../../../lower/kernel.ts";
import { sizeOf, stridesOf } from "../../../shape.ts";
import { type Instruction, Recording, recordingKey } from "./emitter.ts";
import type { LaneCount } from "./emitter-lanes.ts";
import { type Access, loopNest, type Nest, nestKey } from "./loop-nest.ts";
import { accessCost, cheapest, instructionCost, isLong, vectorCount } from "./loop-nest-cost.ts";
import type { Body, Order } from "./loop-nest-element.ts";
import { columnsAtOnce, type Results, resultUnits } from "./loop-nest-results.ts";

/** Groups of axes. */
const [KEPT, REDUCED] = [0, 1];

/** How a reduction is done. */
export interface Plan {
  readonly nest: Nest;
  readonly body: Body;
  readonly combine: ReduceKernel["combine"];
  readonly value: Instruction;
  readonly dtype: DType;
  readonly store: Access;
  /** The stream of numbers that say where an element is among the reduced ones. */
  readonly position: number | undefined;
  readonly order: Order;
  /** The loops over kept axes; the others are inside. */
  readonly results: Results;
  /** Vectors of results side by side, or accumulators that take turns. */
  readonly width: number;
  readonly calls: boolean;
  readonly units: number;
  readonly cost: number;
}

/** Vectors side by side that hide how long an addition takes, without too much code. */
function widthFor(cost: number, across: boolean): number {
  if (across) return cost <= 1.5 ? 8 : cost <= 12 ? 4 : 2;
  return cost <= 2 ? 4 : 1;
}

/** Which axis vectors lie along, and the order of the loops. */
export function planReduce(given: ReduceKernel): Plan {
  const nothing = sizeOf(given.reduced) === 0;
  const constant = { kind: "constant", value: 0, dtype: given.store.buffer.dtype } as const;
  const kernel = nothing ? { ...given, reduced: [], value: constant } : given;
  const { combine, kept, reduced, store } = kernel;
  const positions = combine === "argmax" || combine === "argmin";
  const recording = new Recording();
  const raw = recording.expression(kernel.value);
  const counts = raw.dtype === "bool" && (positions || combine === "sum");
  const value = counts ? recording.cast(raw, "i32") : raw;
  const instructions = recording.live([value]);
  const own = instructions.some(({ kind }) => kind === "position");
  const shape = [...kept, ...reduced];
  const ranks = [kept.length, reduced.length];
  const among = [...kept.map(() => 0), ...stridesOf(reduced)];
  const nest = loopNest({
    shape,
    views: [store, ...recording.loads],
    forms: [...(own ? [stridesOf(shape)] : []), ...(positions ? [among] : [])],
    groups: ranks.flatMap((rank, group) => Array<number>(rank).fill(group)),
    fixed: positions ? [REDUCED] : [],
  });
  const [target, ...loads] = nest.accesses as [Access, ...Access[]];
  const doubles = [...instructions, ...nest.accesses].some(({ dtype }) => dtype === "f64");
  const lanes: LaneCount = doubles ? 2 : 4;

  const axes = nest.lengths.map((_, axis) => axis);
  const keptAxes = axes.filter((axis) => nest.groups[axis] === KEPT);
  const reducedAxes = axes.filter((axis) => nest.groups[axis] === REDUCED);
  const perValue = instructionCost(instructions, lanes) + (positions ? 1 : 0.2);
  const perVector = (axis: number): number =>
    loads.reduce((sum, access) => sum + accessCost(access, axis, lanes), perValue);
  const cost = (axis: number): number =>
    perVector(axis) * vectorCount(nest, axis, lanes) + sizeOf(kept) * (nest.groups[axis] === REDUCED ? 4 : 1);
  const candidates = [...(positions ? reducedAxes.slice(-1) : reducedAxes), ...keptAxes];
  const vector = Math.max(0, cheapest(candidates.toReversed(), cost));
  const across = nest.groups[vector] !== REDUCED;
  const others = (those: readonly number[]): number[] => those.filter((axis) => axis !== vector);
  const keptLoops = across ? [...others(keptAxes), vector] : keptAxes;
  const order = { vector, loops: [...keptLoops, ...others(reducedAxes), ...(across ? [] : [vector])] };
  const full = Math.floor((nest.lengths[vector] ?? 1) / lanes);
  const most = Math.max(1, Math.min(full, widthFor(perVector(vector), across)));
  const width = across ? columnsAtOnce(most) : most;
  const results = { loops: keptLoops, across, lanes, width };
  const units = sizeOf(kept) === 0 ? 0 : resultUnits(nest, results);
  return {
    nest,
    body: { instructions, loads, lanes, position: own ? nest.forms[0] : undefined },
    combine,
    value,
    dtype: value.dtype,
    store: target,
    position: positions ? nest.forms.at(-1) : undefined,
    order,
    results,
    width,
    calls: instructions.filter(isLong).length * width > 12,
    units,
    cost: units === 0 ? 0 : cost(vector),
  };
}

/** Reductions with the same text have the same code. */
export const planKey = ({ combine, nest, body, units, value }: Plan): string =>
  ["reduce", combine, units, nestKey(nest), recordingKey(body.instructions), value.id].join("\n");
