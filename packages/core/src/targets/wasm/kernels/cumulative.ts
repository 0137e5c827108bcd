import type { DType } from "../../../dtype.ts";
import type { CumulativeKernel } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Vector } from "../math/lanes.ts";
import type { LaneCount } from "./emitter-lanes.ts";
import { type Access, loopNest, nestKey } from "./loop-nest.ts";
import { accessCost, cheapest, vectorCount } from "./loop-nest-cost.ts";
import { Cursors } from "./loop-nest-cursors.ts";
import { Elements } from "./loop-nest-element.ts";
import { eachResult, type Results, resultUnits } from "./loop-nest-results.ts";
import type { Printed } from "./printed.ts";
import { sideBySide, turned } from "./reduce-lanes.ts";

/** Groups of axes. */
const [APART, ALONG] = [0, 1];
/** Vectors side by side. */
const WIDTH = 4;

/** Running sums of the lanes of a vector. */
interface Running {
  begin(): void;
  /** Adds a vector, and gives the sums so far. */
  add(x: Vector): Vector;
}

/** Sums in the dtype of their elements. */
function plain({ code }: Elements, dtype: DType): Running {
  const sum = code.f.local("v128");
  return {
    begin: () => code.f.set(sum, code.f.i32x4.const(0)),
    add(x) {
      code.f.set(sum, code.combine("add", sum, x, dtype));
      return sum;
    },
  };
}

/** Sums of singles in doubles, rounded where they are given: of the low two lanes, and of the others. */
function wide({ code }: Elements, count: number): Running {
  const { f } = code;
  const halves = Array.from({ length: count > 2 ? 2 : 1 }, () => f.local("v128"));
  return {
    begin() {
      for (const half of halves) f.set(half, f.i32x4.const(0));
    },
    add(x) {
      const rounded = halves.map((half, i) => {
        const low = i === 0 ? x : turned(code, x, 2, "f32");
        f.set(half, f.f64x2.add(half, f.f64x2.promote_low_f32x4(low)));
        return f.keep(f.f32x4.demote_f64x2_zero(half));
      });
      return rounded.reduce((low, high) => sideBySide(f, low, high));
    },
  };
}

/** Running sums as a function. Lanes are sums of their own; each sum is added up in the order of its elements. */
export function printCumulative(
  module: ModuleBuilder,
  { source, result, axis: along }: CumulativeKernel,
): Printed {
  const { shape } = result;
  const { dtype } = result.buffer;
  const lanes: LaneCount = dtype === "f64" ? 2 : 4;
  const groups = shape.map((_, axis) => (axis === along ? ALONG! : APART!));
  const nest = loopNest({ shape, views: [result, source], groups });
  const axes = nest.lengths.map((_, axis) => axis).filter((axis) => nest.groups[axis] === APART);
  const inner = nest.groups.indexOf(ALONG!);
  const cost = (axis: number): number =>
    vectorCount(nest, axis, lanes) *
    nest.accesses.reduce((sum, access) => sum + accessCost(access, axis, lanes), 0.5);
  const vector = cheapest(axes.toReversed(), cost);
  const loops = vector < 0 ? [] : [...axes.filter((axis) => axis !== vector), vector];
  const vectors = Math.floor((nest.lengths[vector] ?? 1) / lanes);
  const width = Math.max(1, Math.min(WIDTH, vectors));
  const results: Results = { loops, across: vector >= 0, lanes, width };
  const units = sizeOf(shape) === 0 ? 0 : resultUnits(nest, results);
  const length = nest.lengths[inner] ?? 1;
  const order = { vector, loops: [...loops, inner] };
  const params = [...nest.pointers, "low", "high"].map(() => "i32" as const);
  const name = `cumsum ${nest.lengths.join("×")}`;

  const print = (): Printed["function"] =>
    module.function({ name, params, results: [] }, (f, ...parameters) => {
      if (units === 0) return;
      const cursors = new Cursors(f, nest, parameters);
      const body = { instructions: [], loads: [], lanes };
      const elements = new Elements(f, nest, body, order, cursors, false);
      const [target, from] = nest.accesses as [Access, Access];
      const block = (columns: number, count: number): void => {
        const sums = Array.from({ length: columns }, () =>
          dtype === "f32" ? wide(elements, count) : plain(elements, dtype),
        );
        for (const sum of sums) sum.begin();
        cursors.repeat(length, () => {
          for (const sum of sums) {
            elements.store(target, sum.add(f.keep(elements.load(from, count))), count);
            cursors.move(vector, lanes);
          }
          cursors.move(vector, -lanes * columns);
          cursors.move(inner, 1);
        });
        cursors.move(inner, -length);
      };
      const range = parameters.slice(-2) as [Local<"i32">, Local<"i32">];
      const one = (columns: number, count: number): void => block(columns, vector < 0 ? 1 : count);
      eachResult(f, nest, cursors, results, range, { enter: () => {}, block: one });
    });
  return {
    function: module.once(`cumsum ${dtype} ${nestKey(nest)}`, print),
    pointers: nest.pointers,
    units,
    cost: units === 0 ? 0 : vector < 0 ? length : cost(vector),
    scratchBytes: 0,
    fails: false,
  };
}
