import type { ValueType } from "./value-type.ts";

/** A value on the operand stack. It is used once, by the instruction that takes it from the top. */
export class Value<T extends ValueType = ValueType> {
  readonly kind = "value";
  readonly type: T;
  /** Where the code that makes it begins, in bytes; NaN where the same instruction made another value before it. */
  start: number;
  constructor(type: T, start: number) {
    this.type = type;
    this.start = start;
  }
}

/** A local variable or a parameter of the function it was made in. */
export class Local<T extends ValueType = ValueType> {
  readonly kind = "local";
  readonly type: T;
  readonly index: number;
  readonly name: string | undefined;
  constructor(type: T, index: number, name?: string) {
    this.type = type;
    this.index = index;
    this.name = name;
  }
}

/** A global variable of the module it was made in. */
export class Global<T extends ValueType = ValueType> {
  readonly kind = "global";
  readonly type: T;
  readonly index: number;
  readonly mutable: boolean;
  constructor(type: T, index: number, mutable: boolean) {
    this.type = type;
    this.index = index;
    this.mutable = mutable;
  }
}

/** A place to branch to: the end of a block, the beginning of a loop. */
export class Label {
  readonly kind = "label";
  /** Types a branch carries along. */
  readonly types: readonly ValueType[];
  /** How many blocks are around it, itself included. */
  readonly depth: number;
  /** False once its block has ended. */
  open = true;
  constructor(types: readonly ValueType[], depth: number) {
    this.types = types;
    this.depth = depth;
  }
}

/** Numbers that stand for a constant: one for a scalar, and for a vector one that every lane gets. */
type Literal<T, Lanes> = T extends "i64"
  ? number | bigint
  : T extends "v128"
    ? Lanes extends "f32x4" | "f64x2" | "i8x16" | "i32x4"
      ? number
      : Lanes extends "i64x2"
        ? number | bigint
        : never
    : number;

/** What an instruction takes: a value that was just made, a variable that is read first, or a constant. */
export type Operand<T extends ValueType = ValueType, Lanes = undefined> =
  | Value<T>
  | Local<T>
  | Global<T>
  | Literal<T, Lanes>;

/** Where a load or store goes: `offset` (default 0) is added to the address, `align` is in bytes (default natural). */
export interface MemoryArgument {
  readonly offset?: number;
  readonly align?: number;
}
