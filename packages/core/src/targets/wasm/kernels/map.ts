import type { MapKernel } from "../../../lower/kernel.ts";
import { sizeOf, stridesOf } from "../../../shape.ts";
import type { ModuleBuilder } from "../module-builder.ts";
import type { Local } from "../operand.ts";
import { type Instruction, Recording, recordingKey } from "./emitter.ts";
import type { LaneCount } from "./emitter-lanes.ts";
import { type Access, loopNest, type Nest, nestKey } from "./loop-nest.ts";
import { accessCost, cheapest, instructionCost, isLong, vectorCount } from "./loop-nest-cost.ts";
import { Cursors } from "./loop-nest-cursors.ts";
import { type Body, Elements, type Order } from "./loop-nest-element.ts";
import type { Printed } from "./printed.ts";

/** Elements of a unit where there is one axis only. */
const BLOCK = 64;
/** Up to so many long functions are written in place. */
const INLINE = 16;

interface Plan {
  readonly nest: Nest;
  readonly body: Body;
  readonly order: Order;
  readonly stores: readonly { readonly access: Access; readonly value: Instruction }[];
  readonly units: number;
}

/** A map as a function: the elements of `kernel.stores`, from the elements of its loads at the same place. */
export function printMap(module: ModuleBuilder, kernel: MapKernel): Printed {
  const recording = new Recording();
  const values = kernel.stores.map(({ value }) => recording.expression(value));
  const instructions = recording.live(values);
  const used = recording.loads;
  const positions = instructions.some(({ kind }) => kind === "position");
  const nest = loopNest({
    shape: kernel.shape,
    views: [...kernel.stores.map(({ view }) => view), ...used],
    forms: positions ? [stridesOf(kernel.shape)] : [],
  });
  const stores = values.map((value, i) => ({ value, access: nest.accesses[i]! }));
  const loads = nest.accesses.slice(values.length);
  const doubles = [...instructions, ...loads, ...stores.map(({ access }) => access)];
  const lanes: LaneCount = doubles.some(({ dtype }) => dtype === "f64") ? 2 : 4;
  const body = { instructions, loads, lanes, position: nest.forms[0] };
  const perVector = (axis: number): number =>
    instructionCost(instructions, lanes) +
    nest.accesses.reduce((sum, access) => sum + accessCost(access, axis, lanes), 0.2);
  const cost = (axis: number): number => perVector(axis) * vectorCount(nest, axis, lanes);
  const axes = nest.lengths.map((_, axis) => axis);
  const vector = Math.max(0, cheapest(axes.toReversed(), cost));
  const order = { vector, loops: [...axes.filter((axis) => axis !== vector), vector] };
  const empty = sizeOf(kernel.shape) === 0;
  const outermost = nest.lengths[order.loops[0]!] ?? 1;
  const units = empty ? 0 : order.loops.length > 1 ? outermost : Math.ceil(outermost / BLOCK);
  const plan = { nest, body, order, stores, units };
  return {
    function: module.once(planKey(plan), () => writeMap(module, plan)),
    pointers: nest.pointers,
    units,
    cost: empty ? 0 : cost(vector),
    scratchBytes: 0,
    fails: false,
  };
}

const planKey = ({ nest, body, stores, units }: Plan): string =>
  ["map", units, nestKey(nest), recordingKey(body.instructions), ...stores.map(({ value }) => value.id)].join(
    "\n",
  );

function writeMap(module: ModuleBuilder, plan: Plan): Printed["function"] {
  const { nest, body, order, stores, units } = plan;
  const { lanes } = body;
  const calls = body.instructions.filter(isLong).length > INLINE;
  const params = [...nest.pointers, "low", "high"].map(() => "i32" as const);
  return module.function(
    { name: `map ${nest.lengths.join("×")}`, params, results: [] },
    (f, ...parameters) => {
      const [low, high] = parameters.slice(-2) as [Local<"i32">, Local<"i32">];
      if (units === 0) return;
      const cursors = new Cursors(f, nest, parameters);
      const elements = new Elements(f, nest, body, order, cursors, calls);
      const innermost = order.loops.length - 1;

      const step = (count: number): void => {
        elements.write(innermost, count);
        for (const { access, value } of stores) elements.store(access, elements.get(value), count);
        cursors.move(order.vector, count);
      };
      const length = nest.lengths[order.vector] ?? 1;
      const tail = length % lanes;
      const rest = (): void => {
        if (tail > 0) step(tail);
      };
      const inside = (depth: number): void => {
        if (depth < innermost) {
          const axis = order.loops[depth]!;
          cursors.repeat(nest.lengths[axis]!, () => turn(depth));
          cursors.move(axis, -nest.lengths[axis]!);
        } else {
          cursors.repeat(Math.floor(length / lanes), () => step(lanes), 2);
          rest();
          cursors.move(order.vector, -length);
        }
      };
      const turn = (depth: number): void => {
        elements.write(depth, lanes);
        inside(depth + 1);
        cursors.move(order.loops[depth]!, 1);
      };

      elements.write(-1, lanes);
      f.block((exit) => {
        f.br_if(exit, f.i32.ge_s(low, high));
        if (innermost > 0) {
          cursors.skip(order.loops[0]!, low, 1);
          const count = f.keep(f.i32.sub(high, low));
          cursors.repeatLocal(count, () => turn(0));
        } else if (units === 1) inside(0);
        else {
          cursors.skip(order.vector, low, BLOCK);
          const last = f.keep(f.i32.ge_s(high, units));
          const end = f.select(f.i32.const(length), f.i32.mul(high, BLOCK), last);
          const vectors = f.keep(f.i32.shr_u(f.i32.sub(end, f.i32.mul(low, BLOCK)), Math.log2(lanes)));
          cursors.repeatLocal(vectors, () => step(lanes));
          cursors.when(() => f.get(last), rest);
        }
      });
    },
  );
}
