import { byteWidth, type DType } from "../../../dtype.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { advance, nestBetween, type Rows, times } from "./rows.ts";

type Pointer = Local<"i32">;

/** What is done with the bytes of two rows, `to` and `from`. */
export interface Move {
  /** Pieces it can do at once, in bytes, largest first. */
  readonly sizes: readonly number[];
  piece(f: FunctionBuilder, size: number, to: Pointer, from: Pointer, offset: number): void;
}

/** Bytes that long rows are done in; the unit of rows that are split. */
export const BLOCK = 64;

/** `to = from`, for elements of any dtype. */
export const copy: Move = {
  sizes: [16, 8, 4, 2, 1],
  piece({ v128, i64, i32 }, size, to, from, offset) {
    if (size === 16) v128.store(to, v128.load(from, { offset }), { offset });
    else if (size === 8) i64.store(to, i64.load(from, { offset }), { offset });
    else if (size === 4) i32.store(to, i32.load(from, { offset }), { offset });
    else if (size === 2) i32.store16(to, i32.load16_u(from, { offset }), { offset });
    else i32.store8(to, i32.load8_u(from, { offset }), { offset });
  },
};

const lanes = { f32: "f32x4", f64: "f64x2", i32: "i32x4", bool: "i8x16" } as const;

/** `to += from`; whole numbers wrap. */
export const add = (dtype: DType): Move => ({
  sizes: [16, byteWidth(dtype)],
  piece(f, size, to, from, offset) {
    const at = { offset };
    if (size === 16) {
      const sum = f[lanes[dtype]].add(f.v128.load(to, at), f.v128.load(from, at));
      f.v128.store(to, sum, at);
    } else if (dtype === "bool") {
      f.i32.store8(to, f.i32.add(f.i32.load8_u(to, at), f.i32.load8_u(from, at)), at);
    } else if (dtype === "f32") f.f32.store(to, f.f32.add(f.f32.load(to, at), f.f32.load(from, at)), at);
    else if (dtype === "f64") f.f64.store(to, f.f64.add(f.f64.load(to, at), f.f64.load(from, at)), at);
    else f.i32.store(to, f.i32.add(f.i32.load(to, at), f.i32.load(from, at)), at);
  },
});

/** A few bytes without a loop. */
function moveStraight(f: FunctionBuilder, move: Move, bytes: number, to: Pointer, from: Pointer): void {
  let offset = 0;
  for (const size of move.sizes)
    for (; offset + size <= bytes; offset += size) move.piece(f, size, to, from, offset);
}

function moveBlocks(
  f: FunctionBuilder,
  move: Move,
  count: number | Pointer,
  pointers: readonly [Pointer, Pointer],
): void {
  times(f, count, () => {
    moveStraight(f, move, BLOCK, ...pointers);
    advance(f, pointers, [BLOCK, BLOCK]);
  });
}

const ownPointers = (f: FunctionBuilder, to: Pointer, from: Pointer): [Pointer, Pointer] => [
  f.keep(f.get(to)),
  f.keep(f.get(from)),
];

/** A whole row. */
export function moveRow(f: FunctionBuilder, move: Move, bytes: number, to: Pointer, from: Pointer): void {
  if (bytes < 3 * BLOCK) {
    moveStraight(f, move, bytes, to, from);
    return;
  }
  const own = ownPointers(f, to, from);
  moveBlocks(f, move, Math.floor(bytes / BLOCK), own);
  moveStraight(f, move, bytes % BLOCK, ...own);
}

/** The blocks `low … high - 1` of rows of some length. */
export interface BlockRange {
  readonly bytes: number;
  /** How many whole blocks. */
  readonly whole: Pointer;
  /** Whether the shorter block at the end belongs to it. */
  readonly rest: Pointer;
}

export const countBlocks = (bytes: number): number => Math.ceil(bytes / BLOCK);

export function blocksBetween(f: FunctionBuilder, bytes: number, low: Pointer, high: Pointer): BlockRange {
  const { i32 } = f;
  const full = Math.floor(bytes / BLOCK);
  const rest = f.keep(i32.and(i32.gt_s(high, full), i32.lt_s(low, high)));
  return { bytes, whole: f.keep(i32.sub(i32.sub(high, low), rest)), rest };
}

/** Blocks of a row; the pointers are where the first of them begins. */
export function moveBetween(
  f: FunctionBuilder,
  move: Move,
  { bytes, whole, rest }: BlockRange,
  to: Pointer,
  from: Pointer,
): void {
  const own = ownPointers(f, to, from);
  moveBlocks(f, move, f.keep(f.get(whole)), own);
  if (bytes % BLOCK > 0) f.if(rest, () => moveStraight(f, move, bytes % BLOCK, ...own));
}

/** Units of rows of their own: places of the outermost axis, or blocks of the only row. */
export const unitsOfRows = ({ outer, bytes }: Rows): number => outer[0]?.length ?? countBlocks(bytes);

/** The units `low … high - 1`. */
export function moveUnits(
  f: FunctionBuilder,
  move: Move,
  { outer, bytes }: Rows,
  [to, from]: readonly [Pointer, Pointer],
  [low, high]: readonly [Pointer, Pointer],
): void {
  if (outer.length > 0) {
    nestBetween(f, outer, [to, from], [low, high], ([a, b]) => moveRow(f, move, bytes, a!, b!));
    return;
  }
  const start = (pointer: Pointer): Pointer => f.keep(f.i32.add(pointer, f.i32.mul(low, BLOCK)));
  moveBetween(f, move, blocksBetween(f, bytes, low, high), start(to), start(from));
}

/** About how many nanoseconds rows take, `count` times. */
export function costOfRows({ outer, bytes }: Rows, count = 1): number {
  const rows = outer.reduce((product, { length }) => product * length, count);
  return Math.ceil(rows * (1 + bytes / 32));
}
