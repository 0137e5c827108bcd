import {
  ancestors,
  compile,
  concat,
  constant,
  evaluate,
  grad,
  input,
  type NDArray,
  parameter,
  slice,
  square,
  sum,
  type Tensor,
  take,
} from "@org/core";
import { checkGradients } from "@org/core/testing";
import { LSTM, parameters, type RecurrentApplyOptions } from "@org/nn";
import { describe, expect, test } from "vitest";
import { expectClose, values } from "../values.ts";
import { B, D, filled, H, kinds, norm2, sizes, T, x } from "./stacks.ts";

describe.each(kinds)("%s", (_, make) => {
  const deep = filled(make({ layers: 3 }));
  const twoWays = filled(make({ bidirectional: true, layers: 2 }));

  test("lengths: a ragged batch is each sequence alone, through all layers and directions", () => {
    const lengths = [2, 5];
    const { outputs, state } = twoWays.apply(x, { lengths });
    lengths.forEach((length, b) => {
      const alone = twoWays.apply(slice(x, [0, b, 0], [length, b + 1, D]));
      expectClose(slice(outputs, [0, b, 0], [length, b + 1, 2 * H]), alone.outputs, 1e-14);
      alone.state.forEach((each, i) => {
        for (const [key, value] of Object.entries(each)) {
          expectClose(slice(state[i]![key]!, [b, 0], [b + 1, H]), value, 1e-14, key);
        }
      });
    });
    expect(new Set(evaluate(slice(outputs, [2, 0, 0], [T, 1, 2 * H])).data)).toEqual(new Set([0]));
    checkGradients(norm2({ outputs, state }), { x, own: parameters(twoWays) }, { order: 2 }).assert();
  });

  test("B10: truncated, no gradient leaves a window in any layer or direction; B09: long windows cut nothing", () => {
    for (const stack of [deep, twoWays]) {
      const { outputs } = stack.apply(x, { truncate: 2 });
      expectClose(outputs, stack.apply(x).outputs, 1e-14);
      for (let t = 0; t < T; t++) {
        const gradient = evaluate(grad(sum(square(take(outputs, t))), x)).toNested() as number[][][];
        gradient.forEach((step, s) => {
          const inside = Math.floor(s / 2) === Math.floor(t / 2) && (stack === twoWays || s <= t);
          expect(
            step.flat().some((g) => g !== 0),
            `∂y_${t}/∂x_${s}`,
          ).toBe(inside);
        });
      }
      const gradients = [{ truncate: T }, {}].map((options) =>
        evaluate(grad(norm2(stack.apply(x, options)), parameters(stack))),
      );
      expect(gradients[0]).toEqual(gradients[1]);
    }
  });

  test("checkpointed and written out: the same values and gradients", () => {
    const run = (options: RecurrentApplyOptions<Record<string, Tensor>>): Record<string, NDArray> => {
      const result = twoWays.apply(x, options);
      return { outputs: evaluate(result.outputs), ...evaluate(grad(norm2(result), parameters(twoWays))) };
    };
    const plain = run({});
    for (const options of [{ checkpoint: 2 }, { checkpoint: "sqrt" }, { unroll: true }] as const) {
      for (const [key, value] of Object.entries(run(options))) expectClose(value, plain[key]!, 1e-12, key);
    }
  });

  test("A19: the same parameters, each once, for 0 to 1,000 steps", () => {
    const named = parameters(twoWays);
    const count = (time: number): number => {
      const { outputs } = twoWays.apply(input("x", [time, 1, D], "f64"));
      const used = new Set(ancestors([sum(outputs)]).filter(({ op }) => op.name === "parameter"));
      return used.size;
    };
    expect([3, 300].map(count)).toEqual(new Array(2).fill(Object.keys(named).length));
    const long = twoWays.apply(constant(values(5, 1000, 1, D)));
    expect(evaluate(long.outputs).data.every(Number.isFinite)).toBe(true);
    const none = twoWays.apply(input("x", [0, B, D], "f64"));
    expect(none.outputs.shape).toEqual([0, B, 2 * H]);
    const start = evaluate(twoWays.initialState(B));
    expect(evaluate(none.state, { x: new Float64Array(0) })).toEqual(start);
  });

  test("the state handed on: two parts are the whole", () => {
    const whole = deep.apply(x);
    const first = deep.apply(slice(x, [0, 0, 0], [2, B, D]));
    const second = deep.apply(slice(x, [2, 0, 0], [T, B, D]), { initialState: first.state });
    expectClose(concat([first.outputs, second.outputs]), whole.outputs, 1e-14);
  });
});

test("B10: windows one after another, the state handed on in parameters by a compiled step", () => {
  const lstm = new LSTM({ ...sizes, layers: 2 });
  const window = input("window", [2, B, D], "f64");
  const carried = lstm.initialState(B).map((state) => ({
    h: parameter("h", evaluate(state.h)),
    c: parameter("c", evaluate(state.c)),
  }));
  const { outputs, state } = lstm.apply(window, { initialState: carried });
  const step = compile({
    inputs: { window },
    outputs: { outputs },
    updates: carried.flatMap(({ h, c }, i) => [[h, state[i]!.h] as const, [c, state[i]!.c] as const]),
  });
  const parts = [0, 2].map((t) => step({ window: evaluate(slice(x, [t, 0, 0], [t + 2, B, D])) }).outputs);
  const whole = lstm.apply(slice(x, [0, 0, 0], [4, B, D]));
  expectClose(concat(parts), whole.outputs, 1e-13);
  expectClose(carried[1]!.c.value, whole.state[1]!.c, 1e-13);
});
