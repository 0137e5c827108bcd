import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Pointer } from "./element.ts";
import type { PanelWork, ProductWork } from "./panel-work.ts";
import { type Amount, advance, countUp, repeat, smaller } from "./repetition.ts";
import type { Scheme } from "./scheme.ts";

/** Rows of C that are worked on: how many big and small blocks, and the first row. */
interface Rows {
  readonly big: Amount;
  readonly small: Amount;
  readonly first: Amount;
}

/** A run of k: the first one, how many, and whether their sum is added to what is in C. */
interface Run {
  readonly first: Amount;
  readonly count: Amount;
  readonly add: Amount;
}

/** The parameters of a product; A and B are those of the scheme, exchanged if it says so. */
export interface ProductPointers {
  readonly a: Pointer;
  readonly b: Pointer;
  readonly c: Pointer;
  readonly scratch: Pointer;
  readonly lo: Pointer;
  readonly hi: Pointer;
}

/** Writes the loops of a product: over blocks of k, chunks of rows, panels of columns, blocks of rows. */
export class ProductLoops {
  readonly #f: FunctionBuilder;
  readonly #scheme: Scheme;
  readonly #work: ProductWork;
  readonly #p: ProductPointers;
  /** Where A is packed to, if it is. */
  readonly #packedA: Pointer | undefined;
  /** The next packed panel of B, and how many there are. */
  readonly #slot: Pointer;
  readonly #ready: Pointer;

  constructor(f: FunctionBuilder, scheme: Scheme, work: ProductWork, pointers: ProductPointers) {
    this.#f = f;
    this.#scheme = scheme;
    this.#work = work;
    this.#p = pointers;
    this.#slot = f.local("i32");
    this.#ready = f.local("i32");
    this.#packedA = scheme.packsA
      ? this.#at(pointers.scratch, [scheme.aOffset / scheme.element.bytes, 1])
      : undefined;
  }

  write(): void {
    const { form } = this.#scheme;
    if (this.#packedA && form === "dot") this.#packRows();
    this.#eachRun((run) => {
      this.#eachChunk((rows) => {
        if (this.#packedA && form === "tile") this.#packChunk(rows, run);
        this.#eachPanel(rows, run);
      });
    });
  }

  /** A new variable: `base + Σ count · unit` elements. */
  #at(base: Pointer, ...terms: readonly (readonly [Amount, number])[]): Pointer {
    const pointer = this.#f.local("i32");
    this.#f.set(pointer, base);
    for (const [count, unit] of terms) this.#advance(pointer, count, unit);
    return pointer;
  }

  #advance(pointer: Pointer, count: Amount, unit: number): void {
    advance(this.#f, pointer, count, unit * this.#scheme.element.bytes);
  }

  #eachRun(body: (run: Run) => void): void {
    const { accumulate, k, kBlock, kBlocks } = this.#scheme;
    if (kBlocks === 1) {
      body({ first: 0, count: k, add: accumulate ? 1 : 0 });
      return;
    }
    const f = this.#f;
    const [first, count] = [f.local("i32"), f.local("i32")];
    f.set(first, 0);
    countUp(f, first, k, kBlock, () => {
      f.set(count, f.i32.sub(k, first));
      f.set(count, smaller(f, count, kBlock));
      body({ first, count, add: accumulate ? 1 : first });
    });
  }

  #eachChunk(body: (rows: Rows) => void): void {
    const { rows, split, chunk } = this.#scheme;
    const blocks = rows.bigCount + rows.smallCount;
    if (split === "columns" && chunk >= blocks) {
      body({ big: rows.bigCount, small: rows.smallCount, first: 0 });
      return;
    }
    const f = this.#f;
    const local = (value: Amount): Pointer => {
      const made = f.local("i32");
      f.set(made, value);
      return made;
    };
    const block = local(split === "rows" ? this.#p.lo : 0);
    const end = split === "rows" ? this.#p.hi : local(blocks);
    const zero = local(0);
    const [count, big, small, first] = [local(0), local(0), local(0), local(0)];
    countUp(f, block, end, chunk, () => {
      f.set(count, f.i32.sub(end, block));
      f.set(count, smaller(f, count, chunk));
      f.set(big, f.i32.sub(rows.bigCount, block));
      f.set(big, smaller(f, big, count));
      f.set(big, f.select(big, zero, f.i32.gt_s(big, 0)));
      f.set(small, f.i32.sub(count, big));
      f.set(first, smaller(f, block, rows.bigCount));
      advance(f, first, block, rows.big - 1);
      body({ big, small, first });
    });
  }

  /** Runs `body` for the big blocks of rows, then for the small ones. */
  #eachBlock({ big, small }: Rows, body: (which: 0 | 1, height: number) => void): void {
    const { rows } = this.#scheme;
    repeat(this.#f, big, () => body(0, rows.big));
    if (rows.smallCount > 0) repeat(this.#f, small, () => body(1, rows.big - 1));
  }

  /** Packs the rows of A one behind the other, all of k. */
  #packRows(): void {
    const { m, k, a } = this.#scheme;
    const [from, to] = [this.#at(this.#p.a), this.#at(this.#packedA!)];
    repeat(this.#f, m, () => {
      this.#f.call(this.#work.packA[0]!, from, to, k);
      this.#advance(from, a.rowStride, 1);
      this.#advance(to, k, 1);
    });
  }

  /** Packs blocks of rows of A one behind the other, one run of k. */
  #packChunk(rows: Rows, run: Run): void {
    const { a, kBlock } = this.#scheme;
    const from = this.#at(this.#p.a, [rows.first, a.rowStride], [run.first, a.columnStride]);
    const to = this.#at(this.#packedA!);
    this.#eachBlock(rows, (which, height) => {
      this.#f.call(this.#work.packA[which]!, from, to, run.count);
      this.#advance(from, height, a.rowStride);
      this.#advance(to, height, kBlock);
    });
  }

  #eachPanel(rows: Rows, run: Run): void {
    const f = this.#f;
    const { b, c, k, columns, element, panels, source, split } = this.#scheme;
    const { full, tail } = this.#work;
    const u = f.local("i32");
    f.set(u, split === "columns" ? this.#p.lo : 0);
    const end = split === "columns" ? this.#p.hi : panels;
    if (source === "panel") f.set(this.#ready, 0);
    countUp(f, u, end, 1, () => {
      const from =
        source === "packed"
          ? this.#at(this.#p.b, [u, columns * k], [run.first, element.panel])
          : this.#at(this.#p.b, [u, columns * b.columnStride], [run.first, b.rowStride]);
      const to = this.#at(this.#p.c, [rows.first, c.rowStride], [u, columns * c.columnStride]);
      const work = (those: PanelWork): void => {
        if (those.pack) this.#packPanel(those, run, from, u, end);
        this.#panel(those, rows, run, from, to);
      };
      if (full && tail)
        f.if(
          f.i32.eq(u, panels - 1),
          () => work(tail),
          () => work(full),
        );
      else work((full ?? tail)!);
    });
  }

  /** Moves `from` to the packed panel `u`; packs it first, with its neighbours, if that has not been done. */
  #packPanel(work: PanelWork, run: Run, from: Pointer, u: Pointer, end: Amount): void {
    const f = this.#f;
    const { columns, kBlock, panels, panelsAtOnce, tail } = this.#scheme;
    const { scratch } = this.#p;
    const [slot, ready] = [this.#slot, this.#ready];
    f.if(f.i32.eqz(ready), () => {
      f.set(slot, scratch);
      const one = (): void => {
        f.set(ready, 1);
        f.call(work.pack!, from, scratch, run.count);
      };
      if (!work.packMany) {
        one();
        return;
      }
      const whole = tail > 0 ? panels - 1 : panels;
      const last = typeof end === "number" ? f.keep(f.i32.const(whole)) : f.keep(smaller(f, end, whole));
      f.if(
        f.i32.le_s(f.i32.add(u, panelsAtOnce), last),
        () => {
          f.set(ready, panelsAtOnce);
          f.call(work.packMany!, from, scratch, run.count);
        },
        one,
      );
    });
    f.set(from, slot);
    this.#advance(slot, columns, kBlock);
    advance(f, ready, -1);
  }

  /** All blocks of rows with one panel. */
  #panel(work: PanelWork, rows: Rows, run: Run, b: Pointer, c: Pointer): void {
    const f = this.#f;
    const { element, form, k, kBlock, packsA, ...scheme } = this.#scheme;
    const row = !packsA ? scheme.a.rowStride : form === "dot" ? k : kBlock;
    const step = packsA ? 1 : scheme.a.columnStride;
    const a =
      packsA && form === "tile"
        ? this.#at(this.#packedA!)
        : this.#at(this.#packedA ?? this.#p.a, [rows.first, row], [run.first, step]);
    if (form === "rank") {
      f.call(work.kernels[0]!, a, b, c, scheme.c.rowStride * element.bytes, rows.big, run.add);
      return;
    }
    this.#eachBlock(rows, (which, height) => {
      f.call(work.kernels[which]!, a, b, c, scheme.c.rowStride * element.bytes, run.count, run.add);
      this.#advance(a, height, row);
      this.#advance(c, height, scheme.c.rowStride);
    });
  }
}
