import { type Arithmetic, PLAIN } from "../arithmetic.ts";
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
  /** Any strides from 0 on: 0 repeats a row or column, a transposed matrix has its strides exchanged. */
  readonly a: MatrixLayout;
  readonly b: MatrixLayout;
  readonly c: MatrixLayout;
  /** B is what `packFunction` made; its layout is not looked at. */
  readonly packedB: boolean;
  /** `C +=` instead of `C =`. Default false. */
  readonly accumulate?: boolean;
  /** Default: what every engine has. */
  readonly arithmetic?: Arithmetic;
}

/** Longest run of k that one accumulator sums: blocks of a longer one are added to C. */
const LONGEST_SUM = 512;
/** k of such a block where B is packed panel by panel: a panel and a block of rows lie in the first-level cache together. */
const PANEL_SUM = 256;
/** Bytes of A that are worked on between two visits of a panel of B: what a second-level cache holds beside it. */
const ROWS_AT_ONCE = 512 * 1024;
/**
 * A B whose rows are contiguous is read in place up to this many rows of A, and up to more where the rows of B are
 * short: rows a large power of two of bytes apart meet in few sets of the cache. With fewer k it is never packed.
 */
const MOST_ROWS_IN_PLACE = 7;
const MOST_ROWS_IN_PLACE_IF_SHORT = 24;
const SHORT_BYTES = 512;
const LEAST_K_TO_PACK = 5;
/** Sums so short over many rows keep B in registers, up to so many vectors. */
const MOST_K_OF_RANK = 4;
const LEAST_ROWS_OF_RANK = 8;
const VECTORS_OF_RANK = 8;
/** A B whose columns are contiguous is read as dot products up to this many rows of A. */
const MOST_ROWS_OF_DOTS = 6;
/** Neighbouring panels of a B whose rows are contiguous are packed together where they share cache lines. */
const CACHE_LINE = 64;
/** From as many panels on they are shared evenly; a tall A is split by rows, though, since each thread reads what it needs of it. */
const LEAST_PANELS_TO_SPLIT = 8;
const TALL = 4;
/** Rows of a block of C; with two vectors of columns, sums, operands and one product just fit into 16 registers. */
const TILE_ROWS = 5;
/** Where a product is part of the addition: one register more for sums, which hide more of a fused addition's delay. */
const FUSED_TILE_ROWS = 6;
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
  readonly form: "tile" | "dot" | "rank";
  /** Where kernels find B: in its place, packed panel by panel, packed before the call. */
  readonly source: "place" | "panel" | "packed";
  /** Whether packing B once pays where it is used again. */
  readonly wantsPackedB: boolean;
  readonly packsA: boolean;
  readonly rows: RowBlocks;
  /** Columns of a kernel, how many such panels there are, and columns in the last one where it is narrower, else 0. */
  readonly columns: number;
  readonly panels: number;
  readonly tail: number;
  /** Panels that are packed together. */
  readonly panelsAtOnce: number;
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

function rowBlocks(m: number, most: number): RowBlocks {
  const blocks = Math.ceil(m / most);
  const big = Math.ceil(m / blocks);
  const bigCount = m - blocks * (big - 1);
  return { big, bigCount, smallCount: blocks - bigCount };
}

/** How many panels are packed together. */
export const panelsPackedAtOnce = (n: number, width: number, bytes: number): number =>
  Math.min(Math.floor(CACHE_LINE / (width * bytes)), Math.floor(n / width)) || 1;

const align16 = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Vectors of columns in a tile: few rows get more of them, so that there are enough sums to hide an addition's delay. */
const vectorsFor = (rows: number, source: Scheme["source"], { wide }: Element): number => {
  const most =
    source === "panel" ? 2 : rows === 1 ? 8 : rows === 2 ? 4 : rows === 3 && source === "place" ? 3 : 2;
  return wide ? 2 * most : most;
};

/** Chooses how to compute a product. */
export function schemeOf(spec: ProductSpec): Scheme {
  const element = new Element(spec.dtype, spec.arithmetic ?? PLAIN);
  const { lanes, bytes } = element;
  const { k, packedB } = spec;
  const turnC = spec.c.columnStride !== 1 && spec.c.rowStride === 1 && spec.m > 1 && spec.n > 1;
  const exchanged = !packedB && (spec.m > 1 && spec.n === 1 ? true : turnC);
  const [m, n] = exchanged ? [spec.n, spec.m] : [spec.m, spec.n];
  const a = normalized(exchanged ? transposed(spec.b) : spec.a, m, k);
  const b = normalized(exchanged ? transposed(spec.a) : spec.b, k, n);
  const c = normalized(exchanged ? transposed(spec.c) : spec.c, m, n);

  const short = n * bytes <= SHORT_BYTES;
  const most = k < LEAST_K_TO_PACK ? m : short ? MOST_ROWS_IN_PLACE_IF_SHORT : MOST_ROWS_IN_PLACE;
  const oneSum = m === 1 && n === 1 && b.rowStride === 1;
  const inRows = b.columnStride === 1 && m <= most && !oneSum;
  const dot = !packedB && !inRows && b.rowStride === 1 && m <= MOST_ROWS_OF_DOTS;
  const wantsPackedB = !exchanged && n >= 2 * lanes && !(inRows && (short || k < LEAST_K_TO_PACK));
  const rank = inRows && !packedB && k <= MOST_K_OF_RANK && m >= LEAST_ROWS_OF_RANK;
  const form = rank ? "rank" : dot ? "dot" : "tile";
  const source = packedB ? "packed" : inRows || dot ? "place" : "panel";
  const rows = rowBlocks(m, rank ? 1 : dot ? DOT_ROWS : element.fused ? FUSED_TILE_ROWS : TILE_ROWS);
  const blocks = rows.bigCount + rows.smallCount;

  const columns = dot
    ? [0, 8, 4, 3][rows.big]!
    : (rank ? Math.floor(VECTORS_OF_RANK / k) : vectorsFor(rows.big, source, element)) * lanes;
  const panels = Math.ceil(n / columns);
  const longest = dot ? LONGEST_SUM * lanes : LONGEST_SUM;
  const kBlocks = k <= longest ? 1 : Math.ceil(k / (source === "panel" ? PANEL_SUM : longest));
  const kBlock = kBlocks === 1 ? k : Math.ceil(k / kBlocks / 8) * 8;

  const packsA = rank
    ? false
    : dot
      ? a.columnStride !== 1
      : a.columnStride !== 1 && n >= LEAST_COLUMNS_TO_PACK_A && rows.big > 3 && k >= 8;
  const chunks = Math.ceil((blocks * rows.big * kBlock * bytes) / ROWS_AT_ONCE);
  const chunk = Math.ceil(blocks / Math.min(chunks, Math.ceil(blocks / 8)));
  const split = panels >= blocks || (panels >= LEAST_PANELS_TO_SPLIT && m < TALL * n) ? "columns" : "rows";
  const panelsAtOnce = source === "panel" && b.columnStride === 1 ? panelsPackedAtOnce(n, columns, bytes) : 1;
  const aOffset = source === "panel" ? align16(panelsAtOnce * kBlock * columns * bytes) : 0;
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
    wantsPackedB,
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
    panelsAtOnce,
    aOffset,
    scratchBytes: aOffset + align16(aBytes),
  };
}
