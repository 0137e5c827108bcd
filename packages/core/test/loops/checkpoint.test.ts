/** `checkpoint(fn)` = `fn`, in values and gradients of orders 1 and 2. */
import { describe, expect, test } from "vitest";
import {
  add,
  ancestors,
  checkpoint,
  constant,
  evaluate,
  exp,
  grad,
  matmul,
  mul,
  type NDArray,
  type PlanOptions,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  take,
  tanh,
} from "../../src/index.ts";
import { callOp } from "../../src/loops/checkpoint.ts";
import { filled, integers } from "../samples/arrays.ts";
import { weights } from "../sweep/arrays.ts";
import { checkFunction } from "../sweep/check-orders.ts";
import { assertClose } from "../sweep/compare.ts";
import { assertValue } from "../sweep/values.ts";

type Wrap = <F>(fn: F) => F;
const wraps: Record<string, Wrap> = {
  plain: (fn) => fn,
  checkpoint: (fn) => checkpoint(fn as never) as never,
};

const functions: Record<string, { values: NDArray[]; build: (wrap: Wrap, ...xs: Tensor[]) => Tensor[] }> = {
  "two operands": {
    values: [filled([2, 2]), filled([2, 2], 1)],
    build: (wrap, a, b) => [wrap((x: Tensor, y: Tensor) => tanh(matmul(sin(x), exp(y))))(a!, b!)],
  },
  "a captured tensor": {
    values: [filled([2]), filled([2], 1)],
    build: (wrap, x, w) => [wrap((t: Tensor) => mul(sin(t), tanh(mul(w!, t))))(x!)],
  },
  "records, and results of which one is not used": {
    values: [filled([2]), filled([2], 1)],
    build: (wrap, a, b) => {
      const fn = wrap(({ p, q }: { p: Tensor; q: Tensor }) => ({
        r: mul(sin(p), q),
        s: [exp(p), add(p, q)] as const,
      }));
      const { r, s } = fn({ p: a!, q: b! });
      return [r, s[1]];
    },
  },
  "an integer operand": {
    values: [filled([3]), integers([2, 0, 2])],
    build: (wrap, x, ids) => [wrap((t: Tensor, at: Tensor) => square(take(sin(t), at)))(x!, ids!)],
  },
  "an operand that is not used": {
    values: [filled([2]), filled([2], 1)],
    build: (wrap, a, b) => [wrap((x: Tensor, _: Tensor) => square(x))(a!, b!)],
  },
  "one tensor as both operands": {
    values: [filled([2])],
    build: (wrap, x) => [wrap((a: Tensor, b: Tensor) => mul(sin(a), b))(x!, x!)],
  },
  "one in another": {
    values: [filled([2]), filled([2], 1)],
    build: (wrap, x, w) => [wrap((t: Tensor) => sin(wrap((u: Tensor) => mul(exp(u), w!))(square(t))))(x!)],
  },
  "one after another": {
    values: [filled([2])],
    build: (wrap, x) => {
      const block = wrap((t: Tensor) => tanh(mul(t, 2)));
      return [block(block(block(x!)))];
    },
  },
  "a loop inside": {
    values: [filled([2]), filled([3, 2], 1)],
    build: (wrap, h, xs) => [
      wrap(
        (h: Tensor, xs: Tensor) =>
          scan((c: Tensor, x: Tensor) => ({ carry: sin(add(c, x)) }), { init: h, xs }).carry,
      )(h!, xs!),
    ],
  },
  "inside a loop": {
    values: [filled([2]), filled([3, 2], 1)],
    build: (wrap, h, xs) => {
      const step = wrap((c: Tensor, x: Tensor) => sin(add(mul(c, c), x)));
      return [scan((c: Tensor, x: Tensor) => ({ carry: step(c, x) }), { init: h!, xs: xs! }).carry];
    },
  },
};

for (const [name, { values, build }] of Object.entries(functions)) {
  describe(name, () => {
    test("the same values and gradients as without", () => {
      const results = Object.values(wraps).map((wrap) => {
        const inputs = values.map((value) => constant(value));
        const outputs = build(wrap, ...inputs);
        const loss = outputs
          .map((y, i) => sum(mul(y, weights(y.shape, "f64", i))))
          .reduce((a, b) => add(a, b));
        const wrt = inputs.filter(({ dtype }) => dtype === "f64");
        return evaluate([...outputs, ...(grad(loss, wrt) as readonly Tensor[])]) as unknown as NDArray[];
      });
      results[1]!.forEach((value, i) => {
        assertClose(`result ${i}`, value, results[0]![i]!, { relative: 1e-13, absolute: 1e-14 });
      });
    });
    test("differences", () => checkFunction((...xs) => build(wraps.checkpoint!, ...xs), values));
  });
}

test("an operand that is not float, or that nobody asks for, has no gradient inside", () => {
  const [a, b] = [constant([1, 2], "f64"), constant([3, 4], "f64")];
  const y = checkpoint((x: Tensor, y: Tensor) => mul(sin(x), exp(y)))(a, b);
  const calls = ancestors([grad(sum(y), a)]).filter(({ op }) => op === callOp);
  expect(calls.map(({ results }) => results.length)).toEqual([1]);
});

test("the body is there for passes to walk into", () => {
  const { node } = checkpoint((x: Tensor) => sin(x))(constant([1, 2], "f64"));
  expect(callOp.bodies!(node.attributes)).toEqual([node.attributes]);
});

test("is no time step of its own to whoever watches", () => {
  const seen: string[] = [];
  const { carry } = scan((c: Tensor, x: Tensor) => ({ carry: exp(mul(c, x)) }), {
    init: constant(0.1),
    xs: constant([1, 2, 3, 4]),
    checkpoint: 2,
  });
  const observe: PlanOptions["observe"] = ({ op }, _operands, _results, steps) => {
    if (op.name === "exp") seen.push(steps.join());
  };
  evaluate(carry, {}, { observe });
  expect(seen).toEqual(["0,0", "0,1", "1,0", "1,1"]);
});

test("numbers become operands", () => {
  const y = checkpoint((x: Tensor, y: Tensor) => mul(x, y))(constant([1, 2], "f64"), 3);
  assertValue(y, [3, 6]);
});

test("what is no function is refused before it is called", () => {
  expect(() => checkpoint(3 as never)).toThrow(/^checkpoint: expected a function of tensors, received 3/);
});
