import { peak, unroll, withThreads } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { median } from "../statistics.ts";
import { digits, type Goal, table } from "../tables.ts";
import { takeTurns } from "../turns.ts";
import { flopsOf, type Product, repetitions } from "../workloads.ts";

/** The shapes of W1, W2 and W3, forward and backward, and some beside them. */
const shapes: readonly Product[] = [
  { m: 32, k: 128, n: 512, form: "loop" },
  { m: 32, k: 512, n: 128, transposed: "right", form: "loop" },
  { m: 64, k: 256, n: 768, form: "loop" },
  { m: 64, k: 768, n: 256, transposed: "right", form: "loop" },
  { m: 128, k: 2048, n: 512, transposed: "left", form: "once" },
  { m: 256, k: 2048, n: 768, transposed: "left", form: "once" },
  { m: 2048, k: 128, n: 64, form: "once" },
  { m: 2048, k: 64, n: 128, transposed: "right", form: "once" },
  { m: 1, k: 64, n: 64, form: "loop" },
  { m: 1, k: 64, n: 64, transposed: "right", form: "loop" },
  { m: 1, k: 512, n: 512, form: "loop" },
  { m: 1, k: 512, n: 512, transposed: "right", form: "loop" },
];

const name = ({ m, k, n, transposed, form }: Product): string => {
  const operands = transposed === "left" ? "Aᵀ B" : transposed === "right" ? "A Bᵀ" : "A B";
  return `${m} × ${k} × ${n}, ${operands}${form === "loop" ? ", in a loop" : ""}`;
};

/** GFLOP/s on one thread, on two where there are two, and the peak in the same rounds. */
async function measure(product: Product, context: Context) {
  const task = { kind: "product", product } as const;
  const entries = [
    { contestant: peak, task: { kind: "peak" } as const },
    { contestant: unroll, task },
    { contestant: withThreads(unroll, 2), task },
  ];
  const { outcomes } = await takeTurns(entries, context);
  const rate = (threads: number): number | undefined => {
    const found = outcomes.find((o) => o.name === unroll.name && o.contestant.threads === threads);
    return found && (flopsOf(product) * repetitions(product)) / median(found.turns) / 1e6;
  };
  return { product, peak: Math.max(...outcomes[0]!.values), one: rate(1)!, two: rate(2) };
}

/** The slowest product of a kind, of the limit that it has to reach. */
function worst(
  rows: readonly { one: number; peak: number; two: number | undefined; product: Product }[],
): Goal[] {
  const least = (values: readonly number[]): number | undefined =>
    values.length > 0 ? Math.min(...values) : undefined;
  const share = (wanted: boolean): number | undefined =>
    least(rows.filter(({ product }) => (product.m === 1) === wanted).map(({ one, peak }) => one / peak));
  const speedup = least(rows.flatMap(({ one, two }) => (two === undefined ? [] : [two / one])));
  return [
    { what: "slowest product, of the peak", limit: 0.75, atMost: false, reached: share(false) },
    { what: "slowest product with M = 1, of the peak", limit: 0.55, atMost: false, reached: share(true) },
    { what: "smallest gain of a second thread", limit: 1.8, atMost: false, reached: speedup },
  ];
}

/** Matrix products by our compiler against what the processor can do. */
export const products: Measure = {
  name: "products",
  title: "Matrix products",
  async run(context) {
    const rows: Awaited<ReturnType<typeof measure>>[] = [];
    for (const product of context.quick ? shapes.filter((_, i) => i % 4 === 0) : shapes) {
      const progress = (text: string): void => context.progress(`${name(product)}, ${text}`);
      rows.push(await measure(product, { ...context, turn: Math.min(context.turn, 200), progress }));
    }
    const lines = rows.map(({ product, peak: most, one, two }) => [
      name(product),
      digits(one),
      digits(most),
      `${((100 * one) / most).toFixed(0)} %`,
      two === undefined ? "not available" : `${digits(two)} (${(two / one).toFixed(2)} ×)`,
    ]);
    return {
      about:
        "GFLOP/s of `matmul` through `compile`, m × k × n. In a loop: the right operand stays, the left one is made of " +
        "the product before, and the additions that do so are in the time. Otherwise both operands are packed anew. " +
        "The peak is that of 128-bit multiplications and additions in registers, measured in the same rounds.",
      body: table(["", "one thread", "peak", "of the peak", "two threads"], lines),
      goals: worst(rows),
    };
  },
};
