import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { type Block, KERNEL_PARAMETERS, type Kernel } from "./kernel.ts";
import { advance } from "./repetition.ts";

/** Columns of C, with all k of B, for any number of rows: `rows` is 1, and the kernel takes their number for `k`. */
export interface Rank extends Block {
  readonly k: number;
  /** Elements of A from row to row, and from one k to the next. */
  readonly aRow: number;
  readonly aStep: number;
  /** Elements of B from one k to the next. */
  readonly bStep: number;
}

/** `C[r, :] = Σₖ A[r, k] B[k, :]` for few k: B stays in registers while C goes by, row after row. `add` is constant. */
export const rankKernel = (module: ModuleBuilder, rank: Rank): Kernel => {
  const { element, columns, columnStride, adds, k, aRow, aStep, bStep } = rank;
  const vectors = element.vectors(columns);
  const name = `rank-${element.key}-${k}x${columns}-a${aRow},${aStep}-b${bStep}-c${columnStride}${adds ? "+" : ""}`;
  return module.once(name, () =>
    module.function({ name, params: KERNEL_PARAMETERS, results: [] }, (f, a, b, c, rowBytes, rows) => {
      const ys = Array.from({ length: k }, (_, l) =>
        Array.from({ length: vectors }, (_, v) =>
          f.keep(element.load(f, b, l * bStep + v * element.lanes, element.lanesIn(v, columns))),
        ),
      );
      const xs = ys.map(() => f.local("v128"));
      const sum = f.local("v128");
      f.loop((again) => {
        xs.forEach((x, l) => {
          f.set(x, element.splat(f, a, l * aStep));
        });
        for (let v = 0; v < vectors; v++) {
          const [first, count] = [v * element.lanes * columnStride, element.lanesIn(v, columns)];
          f.set(sum, element.multiply(f, xs[0]!, ys[0]![v]!));
          for (let l = 1; l < k; l++) element.multiplyAdd(f, sum, xs[l]!, ys[l]![v]!);
          if (adds) f.set(sum, element.add(f, element.load(f, c, first, count, columnStride), sum));
          element.store(f, c, sum, first, count, columnStride);
        }
        advance(f, a, aRow * element.bytes);
        advance(f, c, rowBytes);
        f.br_if(again, f.tee(rows, f.i32.sub(rows, 1)));
      });
    }),
  );
};
