import fc from "fast-check";
import {
  add,
  arange,
  constant,
  grad,
  less,
  matmul,
  mul,
  NDArray,
  type ScanOptions,
  scan,
  sum,
  type Tensor,
  tanh,
  where,
} from "../../src/index.ts";
import { filled } from "../samples/arrays.ts";

/** A recurrent network whose loop makes fewer steps than it has. */
export interface CountedLoop {
  readonly time: number;
  readonly batch: number;
  /** Below 0 and beyond `time` too. */
  readonly count: number;
  readonly reverse: boolean;
  readonly checkpoint: "sqrt" | 2 | undefined;
  /** A second carry, a total over the steps. */
  readonly total: boolean;
  /** How many of the rows of a loop in each step count, of three; undefined for no such loop. */
  readonly inner: number | undefined;
  /** What is stacked, and what of it, or of the carry, anybody reads. */
  readonly ys: readonly YName[];
  readonly readsCarry: boolean;
}

const yNames = ["after", "before", "product", "input", "mask", "fixed"] as const;
type YName = (typeof yNames)[number];

/** Rows in blocks of one, two and four steps, with and without some left over, and too few for blocks. */
export const arbitraryCountedLoop: fc.Arbitrary<CountedLoop> = fc.record({
  time: fc.integer({ min: 0, max: 9 }),
  batch: fc.constantFrom(1, 3, 40, 64, 128),
  count: fc.integer({ min: -1, max: 10 }),
  reverse: fc.boolean(),
  checkpoint: fc.constantFrom<CountedLoop["checkpoint"][]>(undefined, undefined, "sqrt", 2),
  total: fc.boolean(),
  inner: fc.constantFrom(undefined, undefined, 0, 2, 3),
  ys: fc.subarray([...yNames]),
  readsCarry: fc.boolean(),
});

type Carry = { readonly h: Tensor; readonly total?: Tensor };
type Loop = (
  step: (carry: Carry, x: Tensor) => { readonly carry: Carry; readonly y: Readonly<Record<string, Tensor>> },
  options: Pick<ScanOptions<never, never>, "reverse"> & {
    readonly init: Carry;
    readonly xs: Tensor;
    readonly count: Tensor;
    readonly checkpoint?: "sqrt" | 2;
  },
) => { readonly carry: Carry; readonly ys: Readonly<Record<string, Tensor>> };

/** The loop as it says what it is. */
export const counted: Loop = (step, options) => scan(step as never, options as never) as never;

/** All steps, and none of what those behind the count do: `where(t < count, after, before)`. */
export const selected: Loop = (step, { xs, count, ...options }) => {
  const time = xs.shape[0]!;
  const zero = (x: Tensor): Tensor => mul(x, 0);
  return scan(
    ((before: Record<string, Tensor>, { x, t }: { x: Tensor; t: Tensor }) => {
      const runs = less(t, count);
      const { carry, y } = step(before as never, where(runs, x, 0));
      return {
        carry: mapRecord(carry as never, (after, name) => where(runs, after, before[name]!)),
        y: mapRecord(y, (each) => where(runs, each, zero(each))),
      };
    }) as never,
    { ...options, xs: { x: xs, t: arange(time) } } as never,
  ) as never;
};

const mapRecord = (record: Record<string, Tensor>, change: (tensor: Tensor, name: string) => Tensor) =>
  Object.fromEntries(Object.entries(record).map(([name, each]) => [name, change(each, name)]));

const [X, H] = [3, 2];

/** Values, gradients, and gradients of a sum of the gradients, of a loop whose xs are no numbers where none is read. */
export function ordersOf(program: CountedLoop, loop: Loop, count: Tensor): readonly Tensor[] {
  const { time, batch, reverse, checkpoint, inner, ys, readsCarry } = program;
  const rows = filled([time, batch, X], 1);
  const data = rows.data.slice();
  data.fill(Number.NaN, Math.min(Math.max(program.count, 0), time) * batch * X);
  const xs = constant(new NDArray("f64", rows.shape, data));
  const [h, w, u, v, b] = [[batch, H], [X, H], [H, H], [H, X], [H]].map((shape, i) =>
    constant(filled(shape, i)),
  );
  const gains = constant(filled([3, H], 7));
  const wrt = [xs, h!, w!, u!, v!, b!, gains];
  const makes = inner === undefined ? undefined : constant(inner, "i32");
  const { carry, ys: stacked } = loop(
    (before, x) => {
      let next = tanh(add(matmul(x, w!), matmul(before.h, u!), b!));
      if (makes) {
        const refine = (state: Carry, gain: Tensor) => ({ carry: { h: tanh(mul(state.h, gain)) }, y: {} });
        next = loop(refine, { init: { h: next }, xs: gains, count: makes }).carry.h;
      }
      const all: Record<YName, Tensor> = {
        after: next,
        before: before.h,
        product: add(matmul(next, v!), x),
        input: x,
        mask: where(less(next, 0), next, x.shape.length),
        fixed: b!,
      };
      const total = before.total && { total: add(before.total, sum(mul(next, before.h), { axis: 0 })) };
      return {
        carry: { h: next, ...total },
        y: Object.fromEntries(ys.map((name) => [name, all[name]])),
      };
    },
    {
      init: { h: h!, ...(program.total && { total: b! }) },
      xs,
      count,
      reverse,
      ...(checkpoint && { checkpoint }),
    },
  );
  const values = [...Object.values(stacked), ...(readsCarry ? Object.values(carry) : [])];
  if (values.length === 0) return [carry.h];
  const weigh = (tensors: readonly Tensor[]): Tensor =>
    tensors.map((each, i) => sum(mul(each, constant(filled(each.shape, i + 2))))).reduce((p, q) => add(p, q));
  const first = grad(weigh(values), wrt) as readonly Tensor[];
  const second = grad(weigh(first.map((g) => mul(g, g))), wrt) as readonly Tensor[];
  return [...values, ...first, ...second];
}
