import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Label } from "../assembler/operand.ts";
import { type Block, fence, KERNEL_PARAMETERS, type Kernel, sums, writeBlock } from "./kernel.ts";
import { advance } from "./repetition.ts";

/** A block of C whose vectors lie along its rows. */
export interface Tile extends Block {
  /** Elements of A from row to row, and from one k to the next. */
  readonly aRow: number;
  readonly aStep: number;
  /** Elements of B from one k to the next, and from one panel to the next. */
  readonly bStep: number;
  readonly bPanel: number;
  /** Whether the last vector of B may be read beyond its columns. */
  readonly padded: boolean;
  /** Steps of k in a round of the loop, and whether k may be something else than a multiple. */
  readonly unroll: number;
  readonly rest: boolean;
}

/**
 * `C[r, :] = Σₖ A[r, k] B[k, :]`: one element of A in all lanes times vectors of B. A fence after every second row and
 * every k; only the pointer to A moves with each k, since a splat at an offset takes a register for its own base.
 */
export const tileKernel = (module: ModuleBuilder, tile: Tile): Kernel => {
  const { element, rows, columns, columnStride, adds, aRow, aStep, bStep, bPanel, padded, unroll, rest } =
    tile;
  const { panelVectors } = element;
  const vectors = element.vectors(columns);
  // One row has so many sums that not all of its vectors of B fit into registers beside them.
  const group = rows === 1 ? element.panelVectors : vectors;
  const name = [
    `tile-${element.key}-${rows}x${columns}-a${aRow},${aStep}-b${bStep}${vectors > panelVectors ? `,${bPanel}` : ""}`,
    `-c${columnStride}-u${unroll}${padded ? "p" : ""}${rest ? "r" : ""}${adds ? "+" : ""}`,
  ].join("");
  return module.once(name, () =>
    module.function({ name, params: KERNEL_PARAMETERS, results: [] }, (f, a, b, c, rowBytes, k, add) => {
      const total = sums(f, rows, vectors);
      const x = f.local("v128");
      const y = Array.from({ length: vectors }, () => f.local("v128"));
      const step = (exit: Label, u: number): void => {
        for (let from = 0; from < vectors; from += group) {
          const some = y.slice(from, from + group);
          some.forEach((vector, i) => {
            const v = from + i;
            const first =
              u * bStep + Math.floor(v / panelVectors) * bPanel + (v % panelVectors) * element.lanes;
            const count = padded ? element.lanes : element.lanesIn(v, columns);
            f.set(vector, element.load(f, b, first, count));
          });
          total.forEach((row, r) => {
            if (from === 0) f.set(x, element.splat(f, a, r * aRow));
            some.forEach((vector, i) => {
              element.multiplyAdd(f, row[from + i]!, x, vector);
            });
            if (r % 2 === 1 && r < rows - 1) fence(f, exit, a, r);
          });
          if (from + group < vectors) fence(f, exit, a, rows);
        }
        advance(f, a, aStep * element.bytes);
        fence(f, exit, a, 0);
      };
      f.block((exit) => {
        for (const steps of rest && unroll > 1 ? [unroll, 1] : [unroll])
          f.block((done) => {
            f.br_if(done, f.i32.lt_u(k, steps));
            f.loop((again) => {
              for (let u = 0; u < steps; u++) step(exit, u);
              advance(f, b, steps * bStep * element.bytes);
              f.br_if(again, f.i32.ge_u(f.tee(k, f.i32.sub(k, steps)), steps));
            });
          });
      });
      writeBlock(f, tile, total, [c, rowBytes, add]);
    }),
  );
};
