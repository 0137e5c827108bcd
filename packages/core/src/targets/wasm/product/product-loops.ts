import type { FunctionBuilder } from "../function-builder.ts";
import type { ModuleBuilder } from "../module-builder.ts";
import { dotKernel } from "./dot-kernel.ts";
import type { Pointer } from "./element.ts";
import type { Kernel } from "./kernel.ts";
import { type PackStrip, packStrip } from "./packing.ts";
import { type Amount, advance, countUp, repeat, smaller } from "./repetition.ts";
import type { Scheme } from "./scheme.ts";
import { tileKernel } from "./tile-kernel.ts";

/** What works on panels of one width: kernels for big and small blocks of rows, and what packs the panel. */
interface PanelWork {
  readonly big: Kernel;
  readonly small: Kernel | undefined;
  readonly pack: PackStrip | undefined;
}

function panelWork(module: ModuleBuilder, scheme: Scheme, count: number): PanelWork {
  const { element, b, columns, source, rows } = scheme;
  const strip = { element, along: b.rowStride, across: b.columnStride, count, width: columns };
  return {
    big: kernelOf(module, scheme, rows.big, count),
    small: rows.smallCount > 0 ? kernelOf(module, scheme, rows.big - 1, count) : undefined,
    pack: source === "panel" ? packStrip(module, strip) : undefined,
  };
}

function kernelOf(module: ModuleBuilder, scheme: Scheme, rows: number, columns: number): Kernel {
  const { element, a, b, c, k, kBlock, kBlocks, source, packsA, accumulate } = scheme;
  const adds = accumulate || kBlocks > 1;
  const block = { element, rows, columns, columnStride: c.columnStride, adds };
  if (scheme.form === "dot") {
    const aRow = packsA ? k : a.rowStride;
    return dotKernel(module, { ...block, aRow, bColumn: b.columnStride, rest: k % element.lanes });
  }
  const unroll = k >= 32 && columns === scheme.columns ? 8 : 1;
  const place = source === "place";
  return tileKernel(module, {
    ...block,
    aRow: packsA ? 1 : a.rowStride,
    aStep: packsA ? rows : a.columnStride,
    bStep: place ? b.rowStride : element.panel,
    bPanel: element.panel * (place ? 1 : k),
    padded: !place,
    unroll,
    rest: (k - (kBlocks - 1) * kBlock) % unroll > 0,
  });
}

/** Which rows of C are worked on: blocks of them, and the first row. */
interface Rows {
  readonly big: Amount;
  readonly small: Amount;
  readonly first: Amount;
}

/** Which k: the first one, how many, and whether their sum is added to what is in C. */
interface Run {
  readonly first: Amount;
  readonly count: Amount;
  readonly add: Amount;
}

/** The code of a product: blocks of k, in each chunks of rows, in each panels of columns, in each blocks of rows. */
export function writeProduct(module: ModuleBuilder, scheme: Scheme) {
  const full = scheme.n >= scheme.columns ? panelWork(module, scheme, scheme.columns) : undefined;
  const tail = scheme.tail > 0 ? panelWork(module, scheme, scheme.tail) : undefined;
  const { element, a, b, c, k, columns, source, rows, packsA, form, split, panels, chunk, kBlock } = scheme;
  const { bytes } = element;
  const blocks = rows.bigCount + rows.smallCount;
  const packA =
    packsA && form === "tile"
      ? [rows.big, rows.big - 1].map((count) =>
          count === rows.big || rows.smallCount > 0
            ? packStrip(module, { element, along: a.columnStride, across: a.rowStride, count, width: count })
            : undefined,
        )
      : [];
  const packRow =
    packsA && form === "dot"
      ? packStrip(module, { element, along: a.columnStride, across: 1, count: 1, width: 1 })
      : undefined;

  return (
    f: FunctionBuilder,
    pa: Pointer,
    pb: Pointer,
    pc: Pointer,
    scratch: Pointer,
    lo: Pointer,
    hi: Pointer,
  ) => {
    const [left, right] = scheme.exchanged ? [pb, pa] : [pa, pb];
    /** A new variable: `base + Σ count · unit`. */
    const at = (base: Pointer, ...terms: readonly (readonly [Amount, number])[]): Pointer => {
      const pointer = f.local("i32");
      f.set(pointer, base);
      for (const [count, unit] of terms) advance(f, pointer, count, unit * bytes);
      return pointer;
    };
    /** Runs `body` for the big blocks of rows, then for the small ones. */
    const eachBlock = ({ big, small }: Rows, body: (which: 0 | 1, rows: number) => void): void => {
      repeat(f, big, () => body(0, rows.big));
      if (rows.smallCount > 0) repeat(f, small, () => body(1, rows.big - 1));
    };

    const packed = packsA ? at(scratch, [scheme.aOffset / bytes, 1]) : undefined;
    if (packRow) {
      const from = at(left);
      const to = at(packed!);
      repeat(f, scheme.m, () => {
        f.call(packRow, from, to, k);
        advance(f, from, a.rowStride * bytes);
        advance(f, to, k * bytes);
      });
    }

    const eachRun = (body: (run: Run) => void): void => {
      if (scheme.kBlocks === 1) {
        body({ first: 0, count: k, add: scheme.accumulate ? 1 : 0 });
        return;
      }
      const [first, count] = [f.local("i32"), f.local("i32")];
      f.set(first, 0);
      countUp(f, first, k, kBlock, () => {
        f.set(count, f.i32.sub(k, first));
        f.set(count, smaller(f, count, kBlock));
        body({ first, count, add: scheme.accumulate ? 1 : first });
      });
    };

    const eachChunk = (body: (rows: Rows) => void): void => {
      if (split === "columns" && chunk >= blocks) {
        body({ big: rows.bigCount, small: rows.smallCount, first: 0 });
        return;
      }
      const [block, count, big, small, first] = ["i32", "i32", "i32", "i32", "i32"].map(() => f.local("i32"));
      const end = split === "rows" ? hi : f.keep(f.i32.const(blocks));
      f.set(block!, split === "rows" ? lo : 0);
      countUp(f, block!, end, chunk, () => {
        f.set(count!, f.i32.sub(end, block!));
        f.set(count!, smaller(f, count!, chunk));
        f.set(big!, f.i32.sub(rows.bigCount, block!));
        f.set(big!, smaller(f, big!, count!));
        f.set(big!, f.select(big!, f.keep(f.i32.const(0)), f.i32.gt_s(big!, 0)));
        f.set(small!, f.i32.sub(count!, big!));
        f.set(first!, smaller(f, block!, rows.bigCount));
        advance(f, first!, block!, rows.big - 1);
        body({ big: big!, small: small!, first: first! });
      });
    };

    const packChunk = (part: Rows, run: Run): void => {
      const from = at(left, [part.first, a.rowStride], [run.first, a.columnStride]);
      const to = at(packed!);
      eachBlock(part, (which, height) => {
        f.call(packA[which]!, from, to, run.count);
        advance(f, from, height * a.rowStride * bytes);
        advance(f, to, height * kBlock * bytes);
      });
    };

    const panel = (work: PanelWork, part: Rows, run: Run, from: Pointer, to: Pointer): void => {
      if (work.pack) {
        f.call(work.pack, from, scratch, run.count);
        f.set(from, scratch);
      }
      const rowsOfA =
        form === "dot"
          ? at(packed ?? left, [part.first, packsA ? k : a.rowStride], [run.first, 1])
          : packsA
            ? at(packed!)
            : at(left, [part.first, a.rowStride], [run.first, a.columnStride]);
      const aRow = packsA ? (form === "dot" ? k : kBlock) : a.rowStride;
      eachBlock(part, (which, height) => {
        const kernel = which === 0 ? work.big : work.small!;
        f.call(kernel, rowsOfA, from, to, c.rowStride * bytes, run.count, run.add);
        advance(f, rowsOfA, height * aRow * bytes);
        advance(f, to, height * c.rowStride * bytes);
      });
    };

    eachRun((run) => {
      eachChunk((part) => {
        if (packA.length > 0) packChunk(part, run);
        const u = f.local("i32");
        f.set(u, split === "columns" ? lo : 0);
        countUp(f, u, split === "columns" ? hi : panels, 1, () => {
          const from =
            source === "packed"
              ? at(right, [u, columns * k], [run.first, element.panel])
              : at(right, [u, columns * b.columnStride], [run.first, b.rowStride]);
          const to = at(pc, [part.first, c.rowStride], [u, columns * c.columnStride]);
          if (!tail) panel(full!, part, run, from, to);
          else if (!full) panel(tail, part, run, from, to);
          else
            f.if(
              f.i32.eq(u, panels - 1),
              () => panel(tail, part, run, from, to),
              () => panel(full, part, run, from, to),
            );
        });
      });
    });
  };
}
