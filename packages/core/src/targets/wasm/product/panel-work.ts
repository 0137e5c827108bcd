import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { dotKernel } from "./dot-kernel.ts";
import type { Kernel } from "./kernel.ts";
import { type PackStrip, packStrip } from "./packing.ts";
import { rankKernel } from "./rank-kernel.ts";
import type { Scheme } from "./scheme.ts";
import { tileKernel } from "./tile-kernel.ts";

/** What works on panels of one width. */
export interface PanelWork {
  /** For big and for small blocks of rows; a kernel that is not needed is missing. */
  readonly kernels: readonly (Kernel | undefined)[];
  /** Packs a panel of B, where that is needed. */
  readonly pack: PackStrip | undefined;
  /** Packs several. */
  readonly packMany: PackStrip | undefined;
}

/** The functions that a product calls. */
export interface ProductWork {
  /** For panels of full width, if there are any, and for a narrower last one. */
  readonly full: PanelWork | undefined;
  readonly tail: PanelWork | undefined;
  /** Packs a block of rows of A, big or small, for tiles; or one row, for dot products. */
  readonly packA: readonly (PackStrip | undefined)[];
}

/** Writes the functions that a product calls. */
export function productWork(module: ModuleBuilder, scheme: Scheme): ProductWork {
  const { n, columns, tail } = scheme;
  return {
    full: n >= columns ? panelWork(module, scheme, columns) : undefined,
    tail: tail > 0 ? panelWork(module, scheme, tail) : undefined,
    packA: packersOfA(module, scheme),
  };
}

/** Heights of big and small blocks of rows; undefined where there are none. */
const heights = ({ rows }: Scheme): (number | undefined)[] => [
  rows.big,
  rows.smallCount > 0 ? rows.big - 1 : undefined,
];

function panelWork(module: ModuleBuilder, scheme: Scheme, count: number): PanelWork {
  const { element, b, columns, source, panelsAtOnce: panels, kBlock } = scheme;
  const strip = { element, along: b.rowStride, across: b.columnStride, count, width: columns };
  const many = panels > 1 && count === columns;
  return {
    kernels: heights(scheme).map((rows) => rows && kernelOf(module, scheme, rows, count)),
    pack: source === "panel" ? packStrip(module, strip) : undefined,
    packMany: many ? packStrip(module, { ...strip, panels, panelStride: columns * kBlock }) : undefined,
  } as PanelWork;
}

function kernelOf(module: ModuleBuilder, scheme: Scheme, rows: number, columns: number): Kernel {
  const { element, a, b, c, k, kBlock, kBlocks, source, packsA, accumulate } = scheme;
  const adds = accumulate || kBlocks > 1;
  const block = { element, rows, columns, columnStride: c.columnStride, adds };
  const whole = columns === scheme.columns;
  if (scheme.form === "dot") {
    const aRow = packsA ? k : a.rowStride;
    const unroll = whole && rows < 3 && k >= 4 * element.lanes ? 2 : 1;
    return dotKernel(module, { ...block, aRow, bColumn: b.columnStride, unroll, rest: k % element.lanes });
  }
  const [aRow, aStep] = packsA ? [1, rows] : [a.rowStride, a.columnStride];
  if (scheme.form === "rank") return rankKernel(module, { ...block, k, aRow, aStep, bStep: b.rowStride });
  const unroll = whole && k >= 32 ? 8 : 1;
  const place = source === "place";
  return tileKernel(module, {
    ...block,
    aRow,
    aStep,
    bStep: place ? b.rowStride : element.panel,
    bPanel: element.panel * (place ? 1 : k),
    padded: !place,
    unroll,
    rest: (k - (kBlocks - 1) * kBlock) % unroll > 0,
  });
}

function packersOfA(module: ModuleBuilder, scheme: Scheme): (PackStrip | undefined)[] {
  const { element, a, form, packsA } = scheme;
  if (!packsA) return [];
  const strip = { element, along: a.columnStride, across: a.rowStride };
  if (form === "dot") return [packStrip(module, { ...strip, across: 1, count: 1, width: 1 })];
  return heights(scheme).map((count) => count && packStrip(module, { ...strip, count, width: count })) as (
    | PackStrip
    | undefined
  )[];
}
