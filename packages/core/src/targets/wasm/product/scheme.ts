import { Element, type ProductType } from "./element.ts";

/** One factor or the result: elements from row to row and from column to column. */
export interface MatrixLayout {
  readonly rowStride: number;
  readonly columnStride: number;
}

/** A product `C = A B` of one shape: `a [m, k]`, `b [k, n]`, `c [m, n]`. All sizes are at least 1. */
export interface ProductSpec {
  readonly dtype: ProductType;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Any strides: 0 repeats a row or column, a transposed matrix has its strides exchanged. */
  readonly a: MatrixLayout;
  readonly b: MatrixLayout;
  readonly c: MatrixLayout;
  /** B is what `packFunction` made; its layout is not looked at. */
  readonly packedB: boolean;
  /** `C +=` instead of `C =`. Default false. */
  readonly accumulate?: boolean;
  /** Multiplies and adds with one rounding where the processor can (relaxed SIMD). Default false. */
  readonly relaxed?: boolean;
}

/** Longest run of k that one accumulator sums: blocks of it are added to C. */
const LONGEST_SUM = 512;
/** Bytes of A that are worked on between two visits of a panel of B; half of a second-level cache of 512 KiB. */
const ROWS_AT_ONCE = 256 * 1024;
/** A B in rows is read in place up to this many rows of A, and a B in columns as dot products. */
const MOST_ROWS_IN_PLACE = 8;
const MOST_ROWS_OF_DOTS = 6;
/** Rows of a block of C; with two vectors of columns, sums and operands just fit into 16 registers. */
const TILE_ROWS = 5;
const DOT_ROWS = 3;
/** A is packed for at least as many columns, where its rows do not lie along k. */
const LEAST_COLUMNS_TO_PACK_A = 32;

/** Rows in blocks as equal as possible: `bigCount` of `big` rows, then `smallCount` of one row less. */
export interface RowBlocks {
  readonly big: number;
  readonly bigCount: number;
  readonly smallCount: number;
}

/** How one product is computed. */
export interface Scheme {
  readonly element: Element;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: MatrixLayout;
  readonly b: MatrixLayout;
  readonly c: MatrixLayout;
  readonly accumulate: boolean;
  /** `Cᵀ = Bᵀ Aᵀ` instead; sizes and layouts here are those of the exchanged product. */
  readonly exchanged: boolean;
  readonly form: "tile" | "dot";
  /** Where kernels find B: in its place, packed panel by panel, packed before the call. */
  readonly source: "place" | "panel" | "packed";
  readonly packsA: boolean;
  readonly rows: RowBlocks;
  /** Columns of a kernel, how many such panels there are, and columns in the last one where it is narrower, else 0. */
  readonly columns: number;
  readonly panels: number;
  readonly tail: number;
  /** k of a block, and how many blocks. */
  readonly kBlock: number;
  readonly kBlocks: number;
  /** Blocks of rows worked on at once. */
  readonly chunk: number;
  readonly split: "rows" | "columns";
  /** Where A is packed to in the scratch memory, and how much there is in all. */
  readonly aOffset: number;
  readonly scratchBytes: number;
}

const transposed = ({ rowStride, columnStride }: MatrixLayout): MatrixLayout => ({
  rowStride: columnStride,
  columnStride: rowStride,
});

/** Strides along an axis of length 1 do not matter: give them the value that suits best. */
function normalized({ rowStride, columnStride }: MatrixLayout, rows: number, columns: number): MatrixLayout {
  if (columns === 1) return { rowStride, columnStride: 1 };
  return { rowStride: rows === 1 ? columns * columnStride : rowStride, columnStride };
}

export function rowBlocks(m: number, most: number): RowBlocks {
  const blocks = Math.ceil(m / most);
  const big = Math.ceil(m / blocks);
  const bigCount = m - blocks * (big - 1);
  return { big, bigCount, smallCount: blocks - bigCount };
}

const align16 = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Chooses how to compute a product. */
export function schemeOf(spec: ProductSpec): Scheme {
  const element = new Element(spec.dtype, spec.relaxed ?? false);
  const { lanes, bytes, panel } = element;
  const { k, packedB } = spec;
  const turnC = spec.c.columnStride !== 1 && spec.c.rowStride === 1 && spec.m > 1 && spec.n > 1;
  const exchanged = !packedB && (spec.m > 1 && spec.n === 1 ? true : turnC);
  const [m, n] = exchanged ? [spec.n, spec.m] : [spec.m, spec.n];
  const a = normalized(exchanged ? transposed(spec.b) : spec.a, m, k);
  const b = normalized(exchanged ? transposed(spec.a) : spec.b, k, n);
  const c = normalized(exchanged ? transposed(spec.c) : spec.c, m, n);

  const inRows = b.columnStride === 1 && m <= MOST_ROWS_IN_PLACE;
  const dot = !packedB && !inRows && b.rowStride === 1 && m <= MOST_ROWS_OF_DOTS;
  const form = dot ? "dot" : "tile";
  const source = packedB ? "packed" : inRows || dot ? "place" : "panel";
  const rows = rowBlocks(m, dot ? DOT_ROWS : TILE_ROWS);
  const blocks = rows.bigCount + rows.smallCount;

  const columns = dot
    ? rows.big === 1
      ? 8
      : 4
    : source === "panel" || rows.big > 3
      ? panel
      : (rows.big === 1 ? 8 : 4) * lanes;
  const panels = Math.ceil(n / columns);
  const longest = dot ? LONGEST_SUM * lanes : LONGEST_SUM;
  const kBlocks = Math.ceil(k / longest);
  const kBlock = kBlocks === 1 ? k : Math.ceil(k / kBlocks / 8) * 8;

  const packsA = dot
    ? a.columnStride !== 1
    : a.columnStride !== 1 && n >= LEAST_COLUMNS_TO_PACK_A && rows.big > 3 && k >= 8;
  const chunk = Math.min(blocks, Math.max(8, Math.floor(ROWS_AT_ONCE / (kBlock * rows.big * bytes))));
  const split = panels >= 8 || panels >= blocks ? "columns" : "rows";
  const aOffset = source === "panel" ? align16(kBlock * columns * bytes) : 0;
  const aBytes = !packsA ? 0 : dot ? m * k * bytes : chunk * rows.big * kBlock * bytes;
  return {
    element,
    m,
    k,
    n,
    a,
    b,
    c,
    exchanged,
    form,
    source,
    packsA,
    rows,
    columns,
    panels,
    kBlock,
    kBlocks,
    chunk,
    split,
    accumulate: spec.accumulate ?? false,
    tail: n % columns,
    aOffset,
    scratchBytes: aOffset + align16(aBytes),
  };
}
