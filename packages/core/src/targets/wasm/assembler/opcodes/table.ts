import type { ValueType } from "../value-type.ts";
import { floatRows } from "./float.ts";
import { integerRows } from "./integer.ts";
import { atomicRows, memoryRows } from "./memory.ts";
import { vectorFloatRows } from "./vector-float.ts";
import { vectorIntegerRows } from "./vector-integer.ts";
import { vectorLaneRows } from "./vector-lanes.ts";

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Every instruction that is written somewhere and has types of its own, in tables of name → opcode under what all of a
 * group take and give: `immediates: operands -> result`. Opcodes of a table follow its prefix byte, where that is not 0.
 * Immediates: `memory N` (natural alignment N), `lane N` (of N lanes), `shuffle`, a constant's type.
 * Source: WebAssembly specification 2.0, 5.4, with the threads and relaxed SIMD proposals.
 */
const tables: readonly (readonly [prefix: number, table: Table])[] = [
  [0, integerRows],
  [0, floatRows],
  [0, memoryRows],
  [0xfe, atomicRows],
  [0xfd, vectorLaneRows],
  [0xfd, vectorIntegerRows],
  [0xfd, vectorFloatRows],
];

/** What each instruction takes and gives, by its name. */
export type Rows = TypesByName<typeof integerRows> &
  TypesByName<typeof floatRows> &
  TypesByName<typeof memoryRows> &
  TypesByName<typeof atomicRows> &
  TypesByName<typeof vectorLaneRows> &
  TypesByName<typeof vectorIntegerRows> &
  TypesByName<typeof vectorFloatRows>;

type TypesByName<Table> = {
  readonly [Name in { [Types in keyof Table]: keyof Table[Types] }[keyof Table]]: {
    [Types in keyof Table]: Name extends keyof Table[Types] ? Types : never;
  }[keyof Table];
};

/** One immediate of an instruction, in the order of its bytes. */
export type Immediate =
  | { readonly kind: "memory"; readonly align: number; readonly exact: boolean }
  | { readonly kind: "lane"; readonly count: number }
  | { readonly kind: "i32" | "i64" | "f32" | "f64" | "shuffle" };

/** A row made ready for use. */
export interface Instruction {
  readonly name: string;
  /** What stands before the first dot: its lanes say what a number means as a vector. */
  readonly group: string;
  /** The name of its method: the rest of the name, with underscores for dots. */
  readonly method: string;
  readonly prefix: number;
  readonly code: number;
  readonly operands: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly immediates: readonly Immediate[];
  /** How many of a call's first arguments are immediates. */
  readonly leading: number;
  readonly memory: boolean;
}

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

function parseImmediates(text: string, name: string): Immediate[] {
  const found: Immediate[] = [];
  const rest = words(text);
  while (rest.length > 0) {
    const kind = rest.shift();
    if (kind === "memory")
      found.push({ kind, align: Number(rest.shift()), exact: name.includes(".atomic.") });
    else if (kind === "lane") found.push({ kind, count: Number(rest.shift()) });
    else found.push({ kind } as Immediate);
  }
  return found;
}

function parseRow(prefix: number, types: string, name: string, code: number): Instruction {
  const [signature = "", text = ""] = types.split(": ").reverse();
  const [operands = "", result = ""] = signature.split("->");
  const immediates = parseImmediates(text, name);
  const dot = name.indexOf(".");
  return {
    name,
    group: name.slice(0, dot),
    method: name.slice(dot + 1).replaceAll(".", "_"),
    prefix,
    code,
    operands: words(operands) as ValueType[],
    result: words(result)[0] as ValueType | undefined,
    immediates,
    leading: immediates.filter(({ kind }) => kind !== "memory").length,
    memory: immediates.some(({ kind }) => kind === "memory"),
  };
}

/** All instructions of the tables. */
export const instructions: readonly Instruction[] = tables.flatMap(([prefix, table]) =>
  Object.entries(table).flatMap(([types, rows]) =>
    Object.entries(rows).map(([name, code]) => parseRow(prefix, types, name, code)),
  ),
);
