import type { Local } from "./operand.ts";
import type { ValueType } from "./value-type.ts";

/** A function that can be called. */
export interface FunctionReference<
  P extends readonly ValueType[] = readonly ValueType[],
  R extends readonly ValueType[] = readonly ValueType[],
> {
  readonly name: string;
  readonly index: number;
  readonly params: P;
  readonly results: R;
}

/** A function of the module. */
export interface FunctionOptions<P extends readonly ValueType[], R extends readonly ValueType[]> {
  /** Shown by profiles and disassemblers. */
  readonly name: string;
  readonly params: readonly [...P];
  readonly results: readonly [...R];
  /** Exports it under its name; default false. */
  readonly export?: boolean;
  /**
   * Keeps each vector constant in a local that is set once at the beginning, for code with loops: engines make a constant
   * anew wherever it stands. Default true.
   */
  readonly hoistConstants?: boolean;
}

/** The local variables that a function's parameters are. */
export type Parameters<P extends readonly ValueType[]> = {
  -readonly [I in keyof P]: P[I] extends ValueType ? Local<P[I]> : never;
};
