import type { ReduceKernel } from "../../../lower/kernel.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Vector } from "../math/lanes.ts";
import { Cursors } from "./loop-nest-cursors.ts";
import { Elements } from "./loop-nest-element.ts";
import { eachResult } from "./loop-nest-results.ts";
import type { Printed } from "./printed.ts";
import { accumulator } from "./reduce-accumulators.ts";
import { type Accumulator, identityOf, LIMIT } from "./reduce-lanes.ts";
import { type Plan, planKey, planReduce } from "./reduce-plan.ts";

/** A reduction as a function. Its units are results; one result is never computed in parts. */
export function printReduce(module: ModuleBuilder, kernel: ReduceKernel): Printed {
  const plan = planReduce(kernel);
  const { nest, units, cost } = plan;
  const params = [...nest.pointers, "low", "high"].map(() => "i32" as const);
  const name = `${plan.combine} ${nest.lengths.join("×")}`;
  const print = (): Printed["function"] =>
    module.function({ name, params, results: [] }, (f, ...parameters) => {
      const range = parameters.slice(-2) as [Local<"i32">, Local<"i32">];
      if (units > 0) new Writer(f, plan, parameters).write(range);
    });
  return {
    function: module.once(planKey(plan), print),
    pointers: nest.pointers,
    units,
    cost,
    scratchBytes: 0,
    fails: false,
  };
}

class Writer {
  readonly #f: FunctionBuilder;
  readonly #plan: Plan;
  readonly #cursors: Cursors;
  readonly #elements: Elements;
  /** Vectors along the vector axis, and elements that are left. */
  readonly #full: number;
  readonly #rest: number;
  /** One per column of results, or one for all. */
  #accumulators: Accumulator[] = [];

  constructor(f: FunctionBuilder, plan: Plan, parameters: readonly Local<"i32">[]) {
    const { nest, body, order, calls } = plan;
    this.#f = f;
    this.#plan = plan;
    this.#cursors = new Cursors(f, nest, parameters);
    this.#elements = new Elements(f, nest, body, order, this.#cursors, calls);
    const length = nest.lengths[order.vector] ?? 1;
    this.#full = Math.floor(length / body.lanes);
    this.#rest = length % body.lanes;
  }

  get #shape(): { across: boolean; width: number; kept: number } {
    const { results, width } = this.#plan;
    return { across: results.across, width, kept: results.loops.length };
  }

  get #lanes(): number {
    return this.#plan.body.lanes;
  }

  #length(depth: number): number {
    return this.#plan.nest.lengths[this.#plan.order.loops[depth]!] ?? 1;
  }

  write(units: readonly [Local<"i32">, Local<"i32">]): void {
    this.#elements.write(-1, this.#lanes);
    eachResult(this.#f, this.#plan.nest, this.#cursors, this.#plan.results, units, {
      enter: (depth) => this.#elements.write(depth, this.#lanes),
      block: (columns, count) => this.#columns(columns, count),
    });
  }

  /** Results next to each other: one vector of `count` results per column, or one result. */
  #columns(columns: number, count: number): void {
    const { store, combine, dtype } = this.#plan;
    const { across, width, kept } = this.#shape;
    const flushes = this.#steps(kept) > LIMIT;
    const make = (): Accumulator =>
      accumulator(this.#elements.code, combine, dtype, across ? 1 : width, flushes);
    this.#accumulators = Array.from({ length: columns }, make);
    for (const one of this.#accumulators) one.begin();
    if (across) this.#eachColumn((column) => this.#elements.write(kept - 1, count, column));
    this.#reduced(kept, count);
    if (!across) this.#elements.store(store, this.#accumulators[0]!.total(), 1);
    else {
      this.#eachColumn((column) => this.#elements.store(store, this.#accumulators[column]!.lanes(), count));
    }
  }

  /** Does something at the place of each column. */
  #eachColumn(body: (column: number) => void): void {
    const { vector } = this.#plan.order;
    this.#accumulators.forEach((_, column) => {
      body(column);
      this.#cursors.move(vector, this.#lanes);
    });
    this.#cursors.move(vector, -this.#lanes * this.#accumulators.length);
  }

  /** How often each accumulator takes in elements inside a step around the loop `depth`, but for what is left over. */
  #steps(depth: number): number {
    const { order } = this.#plan;
    const { across, width } = this.#shape;
    let steps = 1;
    for (let inner = depth; inner < order.loops.length; inner++) {
      const vectors = inner === order.loops.length - 1 && !across;
      steps *= vectors ? Math.max(1, Math.floor(this.#full / width)) : this.#length(inner);
    }
    return steps;
  }

  /** Takes in what lies inside the first `depth` loops. */
  #reduced(depth: number, count: number): void {
    const { order } = this.#plan;
    const { across } = this.#shape;
    const { loops } = order;
    if (depth === loops.length) this.#eachColumn((column) => this.#take(column, 0, count));
    else if (!across && depth === loops.length - 1) this.#along();
    else {
      const axis = loops[depth]!;
      this.#repeat(this.#length(depth), this.#steps(depth + 1), () => {
        this.#eachColumn((column) => this.#elements.write(depth, count, column));
        this.#reduced(depth + 1, count);
        this.#cursors.move(axis, 1);
      });
      this.#cursors.move(axis, -this.#length(depth));
    }
  }

  /** A loop in which accumulators take in `inner` elements each time; they are emptied where it takes many. */
  #repeat(length: number, inner: number, body: () => void): void {
    const { combine, dtype } = this.#plan;
    const float = combine === "sum" && (dtype === "f32" || dtype === "f64");
    if (!float || inner * length <= LIMIT || inner > LIMIT) this.#cursors.repeat(length, body);
    else {
      const size = Math.max(1, Math.floor(LIMIT / inner));
      this.#cursors.repeatInParts(length, size, body, () => {
        for (const one of this.#accumulators) one.flush();
      });
    }
  }

  /** Vectors along the innermost reduced axis. */
  #along(): void {
    const { order, width } = this.#plan;
    const depth = order.loops.length - 1;
    const vector = (slot: number, count: number): void => {
      this.#elements.write(depth, count);
      this.#take(0, slot, count);
      this.#cursors.move(order.vector, count);
    };
    this.#repeat(Math.floor(this.#full / width), 1, () => {
      for (let slot = 0; slot < width; slot++) vector(slot, this.#lanes);
    });
    for (let slot = 0; slot < this.#full % width; slot++) vector(slot, this.#lanes);
    if (this.#rest > 0) vector(width - 1, this.#rest);
    this.#cursors.move(order.vector, -this.#length(depth));
  }

  #take(column: number, slot: number, count: number): void {
    const { value, position } = this.#plan;
    const { across } = this.#shape;
    const found = this.#elements.get(value, column);
    const counted = across || count === this.#lanes ? found : this.#masked(found, count);
    this.#accumulators[column]!.take(counted, slot, () => this.#f.keep(this.#elements.number(position!)));
  }

  /** Lanes from `count` on replaced by elements that change nothing. */
  #masked(value: Vector, count: number): Vector {
    const { combine, dtype, body } = this.#plan;
    const { i32x4, v128 } = this.#f;
    const wide = body.lanes === 2 && (dtype === "f64" || dtype === "bool");
    const mask = [0, 1, 2, 3].map((lane) => ((wide ? lane >> 1 : lane) < count ? -1 : 0));
    const identity = this.#elements.code.constant(identityOf(combine, dtype), dtype);
    const rest = this.#f.keep(identity);
    return this.#f.keep(v128.bitselect(value, rest, this.#f.keep(i32x4.const(...mask))));
  }
}
