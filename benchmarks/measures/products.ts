import { peak, unroll, withThreads } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { withSession } from "../session.ts";
import { median, ratio } from "../statistics.ts";
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

interface Row {
  readonly product: Product;
  /** GFLOP/s of ours on one thread. */
  readonly one: number;
  /** How many times faster two threads are; undefined where there are none. */
  readonly gain: number | undefined;
  /** GFLOP/s of 128-bit arithmetic, the best of these rounds. */
  readonly peak: number;
}

async function measure(product: Product, context: Context): Promise<Row> {
  const task = { kind: "product", product } as const;
  const entries = [
    { contestant: peak, task: { kind: "peak" } as const },
    { contestant: unroll, task },
    { contestant: withThreads(unroll, 2), task },
  ];
  const { outcomes } = await takeTurns(entries, context);
  const [best, one, two] = outcomes;
  return {
    product,
    one: (flopsOf(product) * repetitions(product)) / median(one!.turns) / 1e6,
    gain: two && ratio(one!.turns, two.turns).median,
    peak: Math.max(...best!.values),
  };
}

/** The worst products, of few rows and of many. */
function goalsOf(rows: readonly Row[], best: number): Goal[] {
  const least = (values: readonly number[]): number | undefined =>
    values.length > 0 ? Math.min(...values) : undefined;
  const kinds = [
    { name: "product", share: 0.75, of: rows.filter(({ product }) => product.m > 1) },
    { name: "product with M = 1", share: 0.55, of: rows.filter(({ product }) => product.m === 1) },
  ];
  return [
    ...kinds.map(({ name, share, of }) => ({
      what: `slowest ${name}, of the peak`,
      limit: share,
      atMost: false,
      reached: least(of.map(({ one }) => one / best)),
    })),
    ...kinds.map(({ name, of }) => ({
      what: `smallest gain of a second thread, ${name}`,
      limit: 1.8,
      atMost: false,
      reached: least(of.flatMap(({ gain }) => (gain === undefined ? [] : [gain]))),
    })),
  ];
}

/**
 * What two processes of arithmetic in registers do at once, over what one does alone: they share nothing, so no second
 * thread can gain more. 2 where the machine's processors are cores of their own, less where they share one.
 */
async function gainOfSecondCore({ rounds, progress }: Context): Promise<number> {
  progress("arithmetic on two processors");
  return withSession(peak, (first) =>
    withSession(peak, async (second) => {
      for (const session of [first, second]) {
        await session.prepare({ kind: "peak" });
        await session.run(2);
      }
      const gains: number[] = [];
      for (let round = 0; round < Math.max(rounds, 3); round++) {
        const alone = median((await first.run(10)).values);
        const both = await Promise.all([first.run(10), second.run(10)]);
        gains.push(both.reduce((sum, { values }) => sum + median(values), 0) / alone);
      }
      return median(gains);
    }),
  );
}

/** Matrix products by our compiler against what the processor can do. */
export const products: Measure = {
  name: "products",
  title: "Matrix products",
  async run(context) {
    const rows: Row[] = [];
    for (const product of context.quick ? shapes.filter((_, i) => i % 4 === 0) : shapes) {
      const progress = (text: string): void => context.progress(`${name(product)}, ${text}`);
      rows.push(await measure(product, { ...context, turn: Math.min(context.turn, 200), progress }));
    }
    const best = Math.max(...rows.map((row) => row.peak));
    const limit = await gainOfSecondCore(context);
    const lines = rows.map(({ product, one, gain }) => [
      name(product),
      digits(one),
      `${((100 * one) / best).toFixed(0)} %`,
      gain === undefined ? "not available" : `${gain.toFixed(2)} ×`,
    ]);
    return {
      about:
        "`matmul` through `compile`, m × k × n. In a loop: the right operand stays, the left one is made of the " +
        "product before, and the additions that do so are in the time. Otherwise both operands are new to each call. " +
        `The peak is ${digits(best)} GFLOP/s: 128-bit multiplications and additions in registers, the best of all rounds. ` +
        `Two processes of that at once do ${limit.toFixed(2)} × what one does: what a second thread can gain at most.`,
      body: table(["", "GFLOP/s", "of the peak", "two threads"], lines),
      goals: goalsOf(rows, best),
    };
  },
};
