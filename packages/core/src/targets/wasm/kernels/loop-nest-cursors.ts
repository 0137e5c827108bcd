import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { isForward, type Nest } from "./loop-nest.ts";

/** A stream's place now: a local, and what is still to be added to it. */
interface Cursor {
  readonly local: Local<"i32">;
  readonly steps: readonly number[];
  readonly forward: boolean;
  pending: number;
}

/** The streams of a nest as they move through its loops. Moves are kept until a loop begins or ends. */
export class Cursors {
  readonly f: FunctionBuilder;
  readonly #cursors: readonly Cursor[];

  constructor(f: FunctionBuilder, nest: Nest, pointers: readonly Local<"i32">[]) {
    this.f = f;
    const last = new Map(nest.streams.map(({ pointer }, stream) => [pointer, stream]));
    this.#cursors = nest.streams.map(({ pointer, start, steps }, stream) => {
      const cursor = { steps, forward: isForward(steps), pending: start };
      if (pointer === undefined) return { ...cursor, local: f.local("i32") };
      const parameter = pointers[pointer]!;
      const own = last.get(pointer) === stream;
      return { ...cursor, local: own ? parameter : f.keep(f.get(parameter)) };
    });
  }

  /**
   * Where a stream is: a local and a constant of 0 or more. The local of one that moves backwards may have been left
   * below the memory by a loop, so it moves all the way first.
   */
  at(stream: number): { local: Local<"i32">; offset: number } {
    const cursor = this.#cursors[stream]!;
    if (cursor.pending < 0 || !cursor.forward) this.#settle(cursor);
    return { local: cursor.local, offset: cursor.pending };
  }

  /** Moves by `count` elements along an axis. */
  move(axis: number, count: number): void {
    for (const cursor of this.#cursors) cursor.pending += (cursor.steps[axis] ?? 0) * count;
  }

  /** Moves by `count · unit` elements along an axis. */
  skip(axis: number, count: Local<"i32">, unit: number): void {
    const { f } = this;
    for (const { local, steps } of this.#cursors) {
      const step = (steps[axis] ?? 0) * unit;
      if (step !== 0) f.set(local, f.i32.add(local, f.i32.mul(count, step)));
    }
  }

  settle(): void {
    for (const cursor of this.#cursors) this.#settle(cursor);
  }

  #settle(cursor: Cursor): void {
    if (cursor.pending !== 0) this.f.set(cursor.local, this.f.i32.add(cursor.local, cursor.pending | 0));
    cursor.pending = 0;
  }

  /** Does `body` so many times; few times one after another, where `unrolled` says so. */
  repeat(count: number, body: () => void, unrolled = 1): void {
    if (count <= unrolled) for (let i = 0; i < count; i++) body();
    else this.#loop(this.f.keep(this.f.i32.const(count)), body);
  }

  /** Does `body` as often as a local says, which may be never; the local is 0 or less then. */
  repeatLocal(count: Local<"i32">, body: () => void): void {
    this.when(
      () => this.f.i32.gt_s(count, 0),
      () => this.#loop(count, body),
    );
  }

  /** Does `body` so many times, and `between` after each `size` times and at the end. */
  repeatInParts(count: number, size: number, body: () => void, between: () => void): void {
    const { f } = this;
    const left = f.keep(f.i32.const(count));
    const part = f.local("i32");
    this.settle();
    f.loop((again) => {
      f.set(part, f.select(f.get(left), f.i32.const(size), f.i32.lt_u(left, size)));
      f.set(left, f.i32.sub(left, part));
      this.#loop(part, body);
      between();
      this.settle();
      f.br_if(again, f.get(left));
    });
  }

  #loop(left: Local<"i32">, body: () => void): void {
    const { f } = this;
    this.settle();
    f.loop((again) => {
      body();
      this.settle();
      f.br_if(again, f.tee(left, f.i32.sub(left, 1)));
    });
  }

  /** Does `body` where a condition holds. */
  when(condition: () => ReturnType<FunctionBuilder["i32"]["gt_s"]>, body: () => void): void {
    this.settle();
    this.f.if(condition(), () => {
      body();
      this.settle();
    });
  }
}
