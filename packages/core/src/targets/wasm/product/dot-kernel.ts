import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Label } from "../assembler/operand.ts";
import type { Element, Vector } from "./element.ts";
import { type Block, fence, KERNEL_PARAMETERS, type Kernel, sums, writeBlock } from "./kernel.ts";
import { advance } from "./repetition.ts";

/** A block of C as dot products: rows of A and columns of B lie in memory along k. */
export interface Dots extends Block {
  /** Elements of A from row to row, of B from column to column. */
  readonly aRow: number;
  readonly bColumn: number;
  /** Vectors of k in a round of the loop. */
  readonly unroll: number;
  /** What k may leave beyond whole vectors. */
  readonly rest: number;
}

/** Columns of B in registers at once. */
const COLUMNS_AT_ONCE = 4;

/** `C[r, j] = Σₖ A[r, k] B[k, j]`, each lane with every fourth k (every second in f64), lanes added at the end. */
export const dotKernel = (module: ModuleBuilder, dots: Dots): Kernel => {
  const { element, rows, columns, columnStride, adds, aRow, bColumn, unroll, rest } = dots;
  const { lanes } = element;
  const name = `dot-${element.key}-${rows}x${columns}-a${aRow}-b${bColumn}-c${columnStride}-u${unroll}-r${rest}${adds ? "+" : ""}`;
  return module.once(name, () =>
    module.function({ name, params: KERNEL_PARAMETERS, results: [] }, (f, a, b, c, rowBytes, k, add) => {
      const total = sums(f, rows, columns);
      const xs = Array.from({ length: rows }, () => f.local("v128"));
      const y = f.local("v128");
      const step = (first: number, count: number, exit: Label, last = true): void => {
        xs.forEach((x, r) => {
          f.set(x, element.load(f, a, r * aRow + first, count));
        });
        for (let j = 0; j < columns; j++) {
          f.set(y, element.load(f, b, j * bColumn + first, count));
          xs.forEach((x, r) => {
            element.multiplyAdd(f, total[r]![j]!, x, y);
          });
          const end = j === columns - 1;
          if (end ? !last : j % COLUMNS_AT_ONCE === COLUMNS_AT_ONCE - 1)
            fence(f, exit, a, first * columns + j);
        }
      };
      f.block((exit) => {
        for (const steps of unroll > 1 ? [unroll, 1] : [1])
          f.block((done) => {
            f.br_if(done, f.i32.lt_u(k, steps * lanes));
            f.loop((again) => {
              for (let u = 0; u < steps; u++) {
                step(u * lanes, lanes, exit, u === steps - 1);
              }
              advance(f, a, 16 * steps);
              advance(f, b, 16 * steps);
              f.br_if(again, f.i32.ge_u(f.tee(k, f.i32.sub(k, steps * lanes)), steps * lanes));
            });
          });
        if (rest > 0) f.if(k, () => step(0, rest, exit));
      });
      writeBlock(
        f,
        dots,
        total.map((row) => acrossLanes(f, element, row)),
        [c, rowBytes, add],
      );
    }),
  );
};

/** The sums of the lanes of each vector, one vector for as many as there are lanes. */
function acrossLanes(f: FunctionBuilder, element: Element, row: readonly Vector[]): Vector[] {
  const { lanes } = element;
  const zero = row.length % lanes === 0 ? undefined : f.local("v128");
  const add = (x: Vector, y: Vector, left: number[], right: number[]): Vector =>
    f.keep(element.add(f, element.shuffle(f, x, y, left), element.shuffle(f, x, y, right)));
  return Array.from({ length: element.vectors(row.length) }, (_, v) => {
    const at = (i: number): Vector => row[v * lanes + i] ?? zero!;
    if (lanes === 2) return add(at(0), at(1), [0, 2], [1, 3]);
    const halves = (i: number): Vector => add(at(i), at(i + 1), [0, 4, 1, 5], [2, 6, 3, 7]);
    return add(halves(0), halves(2), [0, 1, 4, 5], [2, 3, 6, 7]);
  });
}
