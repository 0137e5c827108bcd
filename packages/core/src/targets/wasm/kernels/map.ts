import type { MapKernel } from "../../../lower/kernel.ts";
import { sizeOf, stridesOf } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { type Instruction, Recording, recordingKey } from "./emitter.ts";
import type { LaneCount } from "./emitter-lanes.ts";
import { type Access, loopNest, type Nest, nestKey } from "./loop-nest.ts";
import { accessCost, cheapest, instructionCost, isLong, vectorCount } from "./loop-nest-cost.ts";
import { Cursors } from "./loop-nest-cursors.ts";
import { type Body, Elements, type Order } from "./loop-nest-element.ts";
import { STRIP, strip, tileAxis } from "./map-tiles.ts";
import type { Printed } from "./printed.ts";

/** Elements of a unit where there is one axis only. */
const BLOCK = 64;
/** Up to so many long functions are written in place. */
const INLINE = 16;

interface Plan {
  readonly nest: Nest;
  readonly body: Body;
  readonly order: Order;
  /** The axis outside of the vector axis, where both are done in tiles. */
  readonly tiles: number | undefined;
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
  const tiles = tileAxis(nest, body, vector);
  const inner = [...(tiles === undefined ? [] : [tiles]), vector];
  const order = { vector, loops: [...axes.filter((axis) => !inner.includes(axis)), ...inner] };
  const empty = sizeOf(kernel.shape) === 0;
  const outermost = nest.lengths[order.loops[0]!] ?? 1;
  const block = order.loops.length === 1 ? BLOCK : order.loops[0] === tiles ? STRIP : 1;
  const units = empty ? 0 : Math.ceil(outermost / block);
  const plan = { nest, body, order, tiles, stores, units };
  const params = [...nest.pointers, "low", "high"].map(() => "i32" as const);
  const name = `map ${nest.lengths.join("×")}`;
  const print = (): Printed["function"] =>
    module.function({ name, params, results: [] }, (f, ...parameters) => {
      const [low, high] = parameters.slice(-2) as [Local<"i32">, Local<"i32">];
      if (units > 0) new Writer(f, plan, parameters).write(low, high);
    });
  return {
    function: module.once(planKey(plan), print),
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

class Writer {
  readonly #f: FunctionBuilder;
  readonly #plan: Plan;
  readonly #cursors: Cursors;
  readonly #elements: Elements;
  readonly #innermost: number;
  /** Elements along the vector axis. */
  readonly #length: number;

  constructor(f: FunctionBuilder, plan: Plan, parameters: readonly Local<"i32">[]) {
    const { nest, body, order } = plan;
    const calls = body.instructions.filter(isLong).length > INLINE;
    this.#f = f;
    this.#plan = plan;
    this.#cursors = new Cursors(f, nest, parameters);
    this.#elements = new Elements(f, nest, body, order, this.#cursors, calls);
    this.#innermost = order.loops.length - 1;
    this.#length = nest.lengths[order.vector] ?? 1;
  }

  get #lanes(): number {
    return this.#plan.body.lanes;
  }

  write(low: Local<"i32">, high: Local<"i32">): void {
    const { order, tiles } = this.#plan;
    const f = this.#f;
    this.#elements.write(-1, this.#lanes);
    f.block((exit) => {
      f.br_if(exit, f.i32.ge_s(low, high));
      if (this.#innermost === 0) this.#blocks(low, high);
      else if (tiles !== undefined && this.#innermost === 1) this.#strips(low, high);
      else {
        this.#cursors.skip(order.loops[0]!, low, 1);
        const count = f.keep(f.i32.sub(high, low));
        this.#cursors.repeatLocal(count, () => this.#turn(0));
      }
    });
  }

  /** Units of the only axis. */
  #blocks(low: Local<"i32">, high: Local<"i32">): void {
    const { order, units } = this.#plan;
    const { i32 } = this.#f;
    if (units === 1) {
      this.#inside(0);
      return;
    }
    this.#cursors.skip(order.vector, low, BLOCK);
    const last = this.#f.keep(i32.ge_s(high, units));
    const end = this.#f.select(i32.const(this.#length), i32.mul(high, BLOCK), last);
    const vectors = this.#f.keep(i32.shr_u(i32.sub(end, i32.mul(low, BLOCK)), Math.log2(this.#lanes)));
    if (this.#inPairs) {
      this.#cursors.repeatLocal(this.#f.keep(i32.shr_u(vectors, 1)), () => this.#pair());
      this.#cursors.when(
        () => i32.and(vectors, 1),
        () => this.#step(this.#lanes),
      );
    } else this.#cursors.repeatLocal(vectors, () => this.#step(this.#lanes));
    const rest = this.#length % this.#lanes;
    if (rest > 0)
      this.#cursors.when(
        () => this.#f.get(last),
        () => this.#step(rest),
      );
  }

  /** Units of the axis outside of the vector axis, where both are done in tiles. */
  #strips(low: Local<"i32">, high: Local<"i32">): void {
    const { tiles, nest } = this.#plan;
    const { i32 } = this.#f;
    const rows = nest.lengths[tiles!]!;
    const whole = Math.floor(rows / STRIP);
    this.#cursors.skip(tiles!, low, STRIP);
    const last = this.#f.keep(i32.gt_s(high, whole));
    const end = this.#f.keep(this.#f.select(i32.const(whole), this.#f.get(high), last));
    const count = this.#f.keep(i32.sub(end, low));
    if (whole > 0) this.#cursors.repeatLocal(count, () => strip(this.#rows(), STRIP));
    if (rows % STRIP > 0)
      this.#cursors.when(
        () => this.#f.get(last),
        () => this.#fewRows(rows % STRIP),
      );
  }

  /** Rows that are no strip. */
  #fewRows(count: number): void {
    const tiled = count - (count % this.#lanes);
    if (tiled > 0) strip(this.#rows(), tiled);
    this.#cursors.repeat(count - tiled, () => this.#turn(this.#innermost - 1));
  }

  #rows(): Parameters<typeof strip>[0] {
    const { body, order, tiles } = this.#plan;
    return {
      elements: this.#elements,
      cursors: this.#cursors,
      loads: body.loads,
      lanes: body.lanes,
      vector: order.vector,
      row: tiles!,
      length: this.#length,
      element: (count) => {
        this.#elements.write(this.#innermost - 1, count);
        this.#element(count);
      },
    };
  }

  /** One step of a loop around the vector axis. */
  #turn(depth: number): void {
    this.#elements.write(depth, this.#lanes);
    this.#inside(depth + 1);
    this.#cursors.move(this.#plan.order.loops[depth]!, 1);
  }

  /** All of the loop `depth`. */
  #inside(depth: number): void {
    const { order, nest, tiles } = this.#plan;
    const axis = order.loops[depth]!;
    const length = nest.lengths[axis] ?? 1;
    if (depth === this.#innermost) {
      this.#vectors(Math.floor(length / this.#lanes));
      if (length % this.#lanes > 0) this.#step(length % this.#lanes);
    } else if (axis === tiles && depth === this.#innermost - 1) {
      this.#cursors.repeat(Math.floor(length / STRIP), () => strip(this.#rows(), STRIP));
      this.#fewRows(length % STRIP);
    } else this.#cursors.repeat(length, () => this.#turn(depth));
    this.#cursors.move(axis, -length);
  }

  /** Whether the engine makes one vector of two. */
  get #inPairs(): boolean {
    return this.#f.module.arithmetic.wide;
  }

  /** So many whole vectors. */
  #vectors(count: number): void {
    const pairs = this.#inPairs ? count >> 1 : 0;
    this.#cursors.repeat(pairs, () => this.#pair());
    this.#cursors.repeat(count - 2 * pairs, () => this.#step(this.#lanes), 2);
  }

  /** Two vectors side by side: all that is loaded comes before all that is stored, else the engine does not join them. */
  #pair(): void {
    this.#element(this.#lanes, 2);
    this.#cursors.move(this.#plan.order.vector, 2 * this.#lanes);
  }

  /** Computes and stores `count` elements along the vector axis, in each of so many columns side by side. */
  #element(count: number, columns = 1): void {
    const { stores, order } = this.#plan;
    const each = (body: (column: number) => void): void => {
      for (let column = 0; column < columns; column++) {
        body(column);
        this.#cursors.move(order.vector, count);
      }
      this.#cursors.move(order.vector, -columns * count);
    };
    each((column) => this.#elements.write(this.#innermost, count, column));
    for (const { access, value } of stores)
      each((column) => this.#elements.store(access, this.#elements.get(value, column), count));
  }

  #step(count: number): void {
    this.#element(count);
    this.#cursors.move(this.#plan.order.vector, count);
  }
}
