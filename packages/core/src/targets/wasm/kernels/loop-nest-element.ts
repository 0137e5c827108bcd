import { byteWidth } from "../../../dtype.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Vector, VectorValue } from "../math/lanes.ts";
import type { Instruction } from "./emitter.ts";
import { LaneCode, type LaneCount } from "./emitter-lanes.ts";
import { LaneMemory, type Place } from "./lanes-memory.ts";
import type { Access, Nest } from "./loop-nest.ts";
import type { Cursors } from "./loop-nest-cursors.ts";

/** What is computed for each element of a nest. */
export interface Body {
  /** Live ones, operands first. */
  readonly instructions: readonly Instruction[];
  /** Where load instructions load: the access by the number of the load. */
  readonly loads: readonly Access[];
  /** The stream that positions are numbers of. */
  readonly position?: number | undefined;
  readonly lanes: LaneCount;
}

/** Which axis the lanes of vectors lie along, and which loops are in which. */
export interface Order {
  readonly vector: number;
  /** Axes, outermost first. */
  readonly loops: readonly number[];
}

/** The steps of instructions along the axes. */
const steps = ({ kind, value }: Instruction, nest: Nest, body: Body): readonly number[] => {
  if (kind === "load" || kind === "lookup") return body.loads[value]!.strides;
  return kind === "position" ? nest.streams[body.position!]!.steps : [];
};

/**
 * Writes the instructions of a body at the place of the cursors, each in the outermost loop where its value is known.
 * Values that differ along the vector axis are kept per column, so that several vectors can be computed side by side.
 */
export class Elements {
  readonly code: LaneCode;
  readonly memory: LaneMemory;
  /** Values of loads that need not be loaded, by the number of the load. */
  given: ReadonlyMap<number, Vector> = new Map();
  readonly #f: FunctionBuilder;
  readonly #body: Body;
  readonly #nest: Nest;
  readonly #order: Order;
  readonly #cursors: Cursors;
  /** By instruction: the loop that it stands in, -1 where it stands in none. */
  readonly #depths = new Map<Instruction, number>();
  readonly #varying = new Set<Instruction>();
  readonly #columns: Map<Instruction, Vector>[] = [];

  constructor(f: FunctionBuilder, nest: Nest, body: Body, order: Order, cursors: Cursors, calls: boolean) {
    this.#f = f;
    this.#nest = nest;
    this.#body = body;
    this.#order = order;
    this.#cursors = cursors;
    this.code = new LaneCode(f, body.lanes, calls);
    this.memory = new LaneMemory(f, body.lanes);
    for (const instruction of body.instructions) {
      const along = steps(instruction, nest, body);
      const own = order.loops.findLastIndex((axis) => (along[axis] ?? 0) !== 0);
      const depth = Math.max(own, ...instruction.operands.map((operand) => this.#depths.get(operand)!));
      this.#depths.set(instruction, depth);
      if ((along[order.vector] ?? 0) !== 0 || instruction.operands.some((x) => this.#varying.has(x)))
        this.#varying.add(instruction);
    }
  }

  /** The value of an instruction, after the loop it stands in was entered. */
  get(instruction: Instruction, column = 0): Vector {
    return this.#columns[this.#varying.has(instruction) ? column : 0]!.get(instruction)!;
  }

  /** Writes the instructions that stand in a loop, for `count` lanes. */
  write(depth: number, count: number, column = 0): void {
    this.#columns[column] ??= new Map();
    for (const instruction of this.#body.instructions) {
      if (this.#depths.get(instruction) !== depth) continue;
      if (column > 0 && !this.#varying.has(instruction)) continue;
      const value = this.#write(instruction, count, column);
      this.#columns[column]!.set(instruction, this.#f.keep(value));
    }
  }

  #write(instruction: Instruction, count: number, column: number): VectorValue {
    if (instruction.kind === "load") {
      const given = this.given.get(instruction.value);
      return given ? this.#f.get(given) : this.load(this.#body.loads[instruction.value]!, count);
    }
    if (instruction.kind === "lookup") {
      const [distance] = instruction.operands as [Instruction];
      return this.#lookUp(this.#body.loads[instruction.value]!, distance, count, column);
    }
    if (instruction.kind === "position") return this.number(this.#body.position!);
    return this.code.write(
      instruction,
      instruction.operands.map((operand) => this.get(operand, column)),
    );
  }

  /** Loads from an address that a distance in bytes is added to: one for all lanes, or one for each. */
  #lookUp(access: Access, distance: Instruction, count: number, column: number): VectorValue {
    const f = this.#f;
    const bytes = this.get(distance, column);
    const place = this.place(access);
    // The distance is negative in a table that is read backwards: the constant is added first, to stay in memory.
    const first = place.offset === 0 ? place.pointer : f.keep(f.i32.add(place.pointer, place.offset));
    const at = (lane: number): Place => {
      const pointer = f.keep(f.i32.add(first, f.i32x4.extract_lane(lane, bytes)));
      return { ...place, pointer, offset: lane * place.stride * byteWidth(place.dtype) };
    };
    if (!this.#varying.has(distance)) return this.memory.load(at(0), count);
    return this.memory.loadEach(Array.from({ length: count }, (_, lane) => at(lane)));
  }

  /** The numbers that a stream gives the lanes. */
  number(stream: number): VectorValue {
    const { local, offset } = this.#cursors.at(stream);
    const step = this.#nest.streams[stream]!.steps[this.#order.vector] ?? 0;
    const lanes = [0, 1, 2, 3].map((lane) => (offset + lane * step) | 0);
    return this.#f.i32x4.add(this.#f.i32x4.splat(local), this.#f.i32x4.const(...lanes));
  }

  /** The place of an access; `along` is the axis that its lanes lie along, default the vector axis. */
  place(access: Access, along: number = this.#order.vector): Place {
    const { local, offset } = this.#cursors.at(access.stream);
    const stride = access.strides[along] ?? 0;
    return { dtype: access.dtype, pointer: local, offset: access.offset + offset, stride };
  }

  load(access: Access, count: number): VectorValue {
    return this.memory.load(this.place(access), count);
  }

  store(access: Access, value: Vector, count: number): void {
    this.memory.store(this.place(access), value, count);
  }
}
