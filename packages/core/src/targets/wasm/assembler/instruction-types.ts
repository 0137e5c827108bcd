import type { Rows } from "./opcodes/table.ts";
import type { MemoryArgument, Operand, Value } from "./operand.ts";
import type { ValueType } from "./value-type.ts";

type Words<Text extends string> = Text extends `${infer Head} ${infer Tail}`
  ? [Head, ...Words<Tail>]
  : Text extends ""
    ? []
    : [Text];

type OperandTypes<Signature> = Signature extends `${infer Types} ->${string}` ? Words<Types> : [];

type Result<Signature> = Signature extends `${string}-> ${infer Type extends ValueType}`
  ? Value<Type>
  : undefined;

/** The last operands of an instruction, as many as the caller likes: what comes before them is on the stack already. */
export type LastOperands<Types, Lanes = undefined> = Types extends readonly [
  infer Head extends ValueType,
  ...infer Tail,
]
  ? [Operand<Head, Lanes>, ...AllOperands<Tail, Lanes>] | LastOperands<Tail, Lanes>
  : [];

type AllOperands<Types, Lanes> = Types extends readonly [infer Head extends ValueType, ...infer Tail]
  ? [Operand<Head, Lanes>, ...AllOperands<Tail, Lanes>]
  : [];

type Immediates<Text> = Text extends `${string}lane ${string}`
  ? [lane: number]
  : Text extends "i64"
    ? [value: number | bigint]
    : Text extends "i32" | "f32" | "f64"
      ? [value: number]
      : Text extends "shuffle"
        ? [lanes: readonly number[]]
        : [];

type Trailing<Text> = Text extends `${string}memory ${string}` ? [memory?: MemoryArgument] : [];

type Method<Types, Group> = Types extends `${infer Text}: ${infer Signature}`
  ? (
      ...args: [...Immediates<Text>, ...LastOperands<OperandTypes<Signature>, Group>, ...Trailing<Text>]
    ) => Result<Signature>
  : (...args: LastOperands<OperandTypes<Types>, Group>) => Result<Types>;

type Underscored<Text extends string> = Text extends `${infer Head}.${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : Text;

/** The instructions whose names begin with `Group`, as methods: `i32.atomic.load` is `i32.atomic_load`. */
export type InstructionGroup<Group extends string> = {
  readonly [Name in keyof Rows as Name extends `${Group}.${infer Rest}` ? Underscored<Rest> : never]: Method<
    Rows[Name],
    Group
  >;
};

/** A vector constant from its lanes; one number stands for all lanes. */
interface LaneConstants<Lane> {
  const(...lanes: Lane[]): Value<"v128">;
}

/** All instructions of the table, by group. */
export interface InstructionGroups {
  readonly i32: InstructionGroup<"i32">;
  readonly i64: InstructionGroup<"i64">;
  readonly f32: InstructionGroup<"f32">;
  readonly f64: InstructionGroup<"f64">;
  readonly v128: InstructionGroup<"v128">;
  readonly i8x16: InstructionGroup<"i8x16"> & LaneConstants<number>;
  readonly i32x4: InstructionGroup<"i32x4"> & LaneConstants<number>;
  readonly i64x2: InstructionGroup<"i64x2"> & LaneConstants<number | bigint>;
  readonly f32x4: InstructionGroup<"f32x4"> & LaneConstants<number>;
  readonly f64x2: InstructionGroup<"f64x2"> & LaneConstants<number>;
  readonly memory: InstructionGroup<"memory">;
}

/**
 * What two groups both have, typed as the first one, for code that is the same in either: what only one of them has in
 * the table is an error there.
 */
export type InBoth<A extends keyof InstructionGroups, B extends keyof InstructionGroups> = Pick<
  InstructionGroups[A],
  keyof InstructionGroups[A] & keyof InstructionGroups[B]
>;

export type FloatLanes = InBoth<"f32x4", "f64x2">;
