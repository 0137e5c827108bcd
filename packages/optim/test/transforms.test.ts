import {
  compile,
  constant,
  deferredArray,
  evaluate,
  greater,
  input,
  mul,
  NDArray,
  parameter,
  square,
  sum,
  type Tensor,
  where,
} from "@org/core";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  globalNorm,
  minimize,
  sgd,
  type Transform,
  weightDecay,
} from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const bowl = (w: Tensor): Tensor => sum(square(w));

describe("clipByGlobalNorm", () => {
  const vectors = fc.array(
    fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 4 }),
    { minLength: 1, maxLength: 3 },
  );
  const clipped = (rows: readonly number[][], maxNorm: number): number[][] => {
    const gradients = Object.fromEntries(rows.map((row, i) => [String(i), constant(row, "f64")]));
    const { updates } = clipByGlobalNorm(maxNorm).update(gradients, {}, gradients);
    return rows.map((_, i) => Array.from(evaluate(updates[i]!).data));
  };
  const length = (rows: readonly number[][]): number => Math.hypot(...rows.flat());

  test("is never longer than the bound, keeps the direction, and leaves what is short enough", () => {
    fc.assert(
      fc.property(vectors, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (rows, maxNorm) => {
        const result = clipped(rows, maxNorm);
        expect(length(result)).toBeLessThanOrEqual(maxNorm * (1 + 1e-12));
        const factor = Math.min(1, maxNorm / (length(rows) + 1e-6));
        rows.flat().forEach((value, i) => {
          if (factor === 1) expect(result.flat()[i]).toBe(value);
          else expect(result.flat()[i]).toBeCloseTo(factor * value, 8);
        });
      }),
    );
  });

  test("zero stays zero, and a norm that is not finite is not hidden", () => {
    expect(clipped([[0, 0]], 1)).toEqual([[0, 0]]);
    expect(clipped([[Number.NaN, 1]], 1)[0]).toEqual([Number.NaN, Number.NaN]);
    expect(clipped([[Number.POSITIVE_INFINITY, 1]], 1)[0]?.[0]).toBeNaN();
  });

  test("counts all gradients as one vector, whatever their dtype", () => {
    const gradients = { a: constant([3], "f32"), b: constant([[4]], "f64") };
    expect(evaluate(globalNorm(gradients)).item()).toBe(5);
    const { updates } = clipByGlobalNorm(1).update(gradients, {}, gradients);
    expect([updates.a?.dtype, updates.b?.dtype]).toEqual(["f32", "f64"]);
  });
});

describe("a learning rate that is a tensor", () => {
  test.each<[string, (rate: number | Tensor) => Transform]>([
    ["sgd", (learningRate) => sgd({ learningRate, momentum: 0.9 })],
    ["adam", (learningRate) => adam({ learningRate })],
    ["adamw", (learningRate) => adamw({ learningRate })],
  ])("%s follows a parameter, of another dtype too", (_, make) => {
    const w = parameter("w", [1, -2], "f64");
    const rate = parameter("rate", 0.5);
    const step = compile({ updates: minimize(bowl(w), [w], make(rate)) });
    const fixed = parameter("w", [1, -2], "f64");
    const same = compile({ updates: minimize(bowl(fixed), [fixed], make(0.5)) });
    step();
    same();
    expect(w.value.data).toEqual(fixed.value.data);
    const before = w.value;
    rate.value = 0;
    step();
    expect(w.value.data).toEqual(before.data);
  });

  test("from an input", () => {
    const w = parameter("w", [1]);
    const rate = input("rate", []);
    const step = compile({ inputs: { rate }, updates: minimize(bowl(w), [w], sgd({ learningRate: rate })) });
    step({ rate: 0.25 });
    expect(w.value.toNested()).toEqual([0.5]);
  });
});

describe("adam", () => {
  test("f32 follows f64: its bias correction does not lose digits", () => {
    const run = (dtype: "f32" | "f64"): number => {
      const w = parameter("w", [3], dtype);
      const step = compile({ updates: minimize(bowl(w), [w], adam({ learningRate: 1e-3 })) });
      for (let i = 0; i < 5; i++) step();
      return w.value.data[0]!;
    };
    expect(Math.abs(run("f32") - run("f64"))).toBeLessThan(3e-6);
  });

  test("the first step is the learning rate against the sign, from any gradient", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.boolean(), (size, up) => {
        const w = parameter("w", [0], "f64");
        const loss = sum(mul(w, up ? size : -size));
        compile({ updates: minimize(loss, [w], adam({ learningRate: 0.1 })) })();
        expect(w.value.data[0]).toBeCloseTo(up ? -0.1 : 0.1, 4);
      }),
    );
  });

  test("a parameter that the loss does not depend on stays", () => {
    const [w, idle] = [parameter("w", [1]), parameter("idle", [5])];
    const step = compile({ updates: minimize(bowl(w), { w, idle }, adam({ learningRate: 0.1 })) });
    step();
    expect(idle.value.toNested()).toEqual([5]);
  });

  test("adamw without decay is adam", () => {
    const results = [adam({ learningRate: 0.1 }), adamw({ learningRate: 0.1, weightDecay: 0 })].map(
      (transform) => {
        const w = parameter("w", [1, 2, 3], "f64");
        const step = compile({ updates: minimize(bowl(w), [w], transform) });
        for (let i = 0; i < 3; i++) step();
        return w.value.data;
      },
    );
    expect(results[0]).toEqual(results[1]);
  });
});

describe("chain", () => {
  test("keeps the states of two transforms of one kind apart", () => {
    const w = parameter("w", [1]);
    const momentum = sgd({ learningRate: 1, momentum: 0.5 });
    const { state } = minimize(bowl(w), { w }, chain(momentum, weightDecay(0), momentum));
    expect(Object.keys(state)).toEqual(["0.velocity.w", "2.velocity.w"]);
  });

  test("nests, and of nothing is plain descent uphill", () => {
    const w = parameter("w", [1]);
    const nested = chain(chain(clipByGlobalNorm(1), chain(adam({ learningRate: 0.1 }))));
    expect(Object.keys(minimize(bowl(w), [w], nested).state)).toContain("0.1.0.mean.w");
    compile({ updates: minimize(bowl(w), [w], chain()) })();
    expect(w.value.toNested()).toEqual([3]);
  });

  test("more than ten transforms", () => {
    const w = parameter("w", [1]);
    const halves = Array.from({ length: 12 }, () => sgd({ learningRate: constant(-1), momentum: 0.5 }));
    const updates = minimize(bowl(w), [w], chain(...halves, sgd({ learningRate: 0.25 })));
    compile({ updates })();
    expect(w.value.toNested()).toEqual([0.5]);
  });
});

describe("minimize", () => {
  test("is a list of updates with gradients and state beside them", () => {
    const w = parameter("w", [3, 4]);
    const updates = minimize(bowl(w), { "layer.w": w }, chain(clipByGlobalNorm(5), sgd({ learningRate: 1 })));
    expect(updates).toHaveLength(1);
    const step = compile({ outputs: { norm: globalNorm(updates.gradients) }, updates });
    expect(step().norm.item()).toBeCloseTo(10, 5);
    expect(Object.keys(updates.gradients)).toEqual(["layer.w"]);
    expect(updates.state).toEqual({});
  });

  test("saved and restored, training goes on to the last bit", () => {
    const make = () => {
      const w = parameter("w", [1, -2, 3]);
      const updates = minimize(bowl(w), { w }, chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 })));
      return { all: { w, ...updates.state }, step: compile({ updates }) };
    };
    const [through, before, after] = [make(), make(), make()];
    for (let i = 0; i < 6; i++) through.step();
    for (let i = 0; i < 3; i++) before.step();
    for (const [name, part] of Object.entries(before.all)) {
      after.all[name as keyof typeof after.all]!.value = new NDArray(
        part.dtype,
        part.shape,
        part.value.data.slice(),
      );
    }
    for (let i = 0; i < 3; i++) after.step();
    const read = ({ all }: typeof after): unknown => Object.values(all).map(({ value }) => value);
    expect(read(after)).toEqual(read(through));
  });

  test("what it refuses", () => {
    const [a, b] = [parameter("w", [1]), parameter("w", [2])];
    const descent = sgd({ learningRate: 1 });
    expect(() => minimize(bowl(a), [a, b], descent)).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: minimize: parameters of one name: w, w
        hint: give them as a record, whose keys differ]
    `);
    expect(() => minimize(bowl(a), {}, descent)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: minimize: no parameters to train]`,
    );
    expect(() => minimize(square(a), { a }, descent)).toThrow(/expected a scalar loss/);
    expect(() => sgd({ learningRate: 1, nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: sgd: nesterov needs a momentum above 0]`,
    );
  });
});

describe("two programs of one training", () => {
  // Two losses in turns by two programs, and by one program that takes this loss or that: the same trajectory.
  const losses = [bowl, (w: Tensor): Tensor => sum(mul(w, square(w)))] as const;

  test("share moments and counts of steps where they share the state", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), (turns) => {
        const optimizer = chain(clipByGlobalNorm(2), adam({ learningRate: 0.1 }));
        const w = parameter("w", [1, -2, 0.5], "f64");
        const first = minimize(losses[0](w), [w], optimizer);
        const second = minimize(losses[1](w), [w], optimizer, { state: first.state });
        const steps = [first, second].map((updates) => compile({ updates }));
        for (const turn of turns) steps[Number(turn)]!();

        const v = parameter("v", [1, -2, 0.5], "f64");
        const turn = input("turn", []);
        const updates = minimize(where(greater(turn, 0), losses[1](v), losses[0](v)), [v], optimizer);
        const both = compile({ inputs: { turn }, updates });
        for (const each of turns) both({ turn: Number(each) });
        w.value.data.forEach((value, i) => {
          expect(value).toBeCloseTo(v.value.data[i]!, 12);
        });
      }),
    );
  });
});

test("updates are drawn and compiled without a weight; loading writes over what nobody has read", () => {
  let computed = 0;
  const w = parameter(
    "w",
    deferredArray("f32", [2], () => {
      computed++;
      return Float32Array.of(1, 2);
    }),
  );
  const transform = chain(clipByGlobalNorm(100), adam({ learningRate: 0.1 }));
  const step = compile({ outputs: { loss: bowl(w) }, updates: minimize(bowl(w), { w }, transform) });
  w.value = [3, 4];
  expect(step().loss.item()).toBe(25);
  expect(computed).toBe(0);
});
