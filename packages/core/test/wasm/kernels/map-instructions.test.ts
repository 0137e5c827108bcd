import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import type { Emitter, ScalarFunction } from "../../../src/graph/kernel-rule.ts";
import { check, DTYPES } from "./map-check.ts";
import { expression, load, memory, someValues, view } from "./map-kernels.ts";

const FUNCTIONS: ScalarFunction[] = [
  "exp",
  "expm1",
  "log",
  "log1p",
  "sqrt",
  "rsqrt",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "softplus",
  "floor",
  "round",
  "abs",
  "neg",
];
const SPECIALS = [0, -0, 1, -1, 0.5, 1.5, -2.5, 2.5, NaN, Infinity, -Infinity, 3e9, -3e9, 1e-30, 88, -88];

describe("instructions", () => {
  for (const dtype of ["f32", "f64"] as const) {
    test(`functions of ${dtype}`, () => {
      const x = memory(dtype, SPECIALS.concat([...someValues(dtype, 7)]));
      for (const name of FUNCTIONS) {
        const y = memory(dtype, x.data.length);
        const value = expression((e, [a]) => e.apply(name, a!), load(view(x, [23])));
        check([23], [{ view: view(y, [23]), value }], [x, y], 4, name);
      }
    });

    test(`operations and comparisons of ${dtype}`, () => {
      const pairs = SPECIALS.flatMap((a) => SPECIALS.map((b) => [a, b] as const));
      const a = memory(
        dtype,
        pairs.map(([first]) => first),
      );
      const b = memory(
        dtype,
        pairs.map(([, second]) => second),
      );
      const loads = [a, b].map((m) => load(view(m, [256])));
      for (const name of ["add", "sub", "mul", "div", "min", "max"] as const) {
        const y = memory(dtype, 256);
        const value = expression((e, [p, q]) => e.combine(name, p!, q!), ...loads);
        check([256], [{ view: view(y, [256]), value }], [a, b, y], 0, name);
      }
      for (const name of ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"] as const) {
        const y = memory("bool", 256);
        const z = memory(dtype, 256);
        const value = expression((e, [p, q]) => e.compare(name, p!, q!), ...loads);
        const chosen = expression((e, [c, p, q]) => e.choose(c!, q!, p!), value, ...loads);
        const stores = [
          { view: view(y, [256]), value },
          { view: view(z, [256]), value: chosen },
        ];
        check([256], stores, [a, b, y, z], 0, name);
      }
    });
  }

  test("limits: the larger or smaller of a value and a constant, zeros of both signs too", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const x = memory(dtype, SPECIALS);
      const n = SPECIALS.length;
      for (const name of ["max", "min"] as const)
        for (const bound of [0, -0, 1, -2.5, Infinity, -Infinity, NaN])
          for (const side of [0, 1]) {
            const y = memory(dtype, n);
            const value = expression(
              (e, [a]) => {
                const limit = e.constant(bound, dtype);
                return side === 0 ? e.combine(name, limit, a!) : e.combine(name, a!, limit);
              },
              load(view(x, [n])),
            );
            check([n], [{ view: view(y, [n]), value }], [x, y]);
            const expected = Array.from(x.data, (element) => Math[name](element, bound));
            expect([...y.data], `${name} ${bound}`).toEqual(expected);
          }
    }
  });

  test("powers", () => {
    const x = memory("f32", [1.5, 2, -2, 3, 0.25]);
    for (const power of [1, 2, -1, 3, 0.5]) {
      const y = memory("f32", 5);
      const value = expression(
        (e, [a]) => e.combine("pow", a!, e.constant(power, "f32")),
        load(view(x, [5])),
      );
      check([5], [{ view: view(y, [5]), value }], [x, y], 1);
    }
  });

  test("casts", () => {
    for (const from of DTYPES)
      for (const to of DTYPES) {
        const contents = from === "i32" || from === "bool" ? someValues(from, 19) : SPECIALS;
        const x = memory(from, contents);
        const y = memory(to, contents.length);
        const shape = [contents.length];
        const value = expression((e, [a]) => e.cast(a!, to), load(view(x, shape)));
        check(shape, [{ view: view(y, shape), value }], [x, y], 0, `${from} ${to}`);
      }
  });

  test("integers and booleans, with four lanes and with two", () => {
    for (const wide of [false, true]) {
      const [i, j] = [memory("i32", someValues("i32", 37)), memory("i32", someValues("i32", 37, 2))];
      const [p, q] = [memory("bool", someValues("bool", 37, 3)), memory("bool", someValues("bool", 37, 4))];
      const f = memory("f32", someValues("f32", 37, 5));
      const d = memory("f64", someValues("f64", 37, 6));
      const inputs = [i, j, p, q, f, d];
      const loads = inputs.map((m) => load(view(m, [37])));
      const rules: [DType, (e: Emitter, xs: readonly { dtype: DType }[]) => { dtype: DType }][] = [];
      for (const name of ["add", "sub", "mul", "min", "max"] as const)
        rules.push(["i32", (e, [a, b]) => e.combine(name, a!, b!)]);
      for (const name of ["and", "or", "xor"] as const) {
        rules.push(["i32", (e, [a, b]) => e.bits(name, a!, b!)]);
        rules.push(["bool", (e, [, , a, b]) => e.bits(name, a!, b!)]);
      }
      for (const name of ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"] as const) {
        rules.push(["bool", (e, [a, b]) => e.compare(name, a!, b!)]);
        rules.push(["bool", (e, [, , a, b]) => e.compare(name, a!, b!)]);
      }
      rules.push(["bool", (e, [, , a]) => e.not(a!)], ["i32", (e, [a]) => e.not(a!)]);
      rules.push(["i32", (e, [a]) => e.shift("left", a!, 7)], ["i32", (e, [a]) => e.shift("right", a!, 31)]);
      rules.push(["i32", (e, [a]) => e.apply("abs", a!)], ["i32", (e, [a]) => e.apply("neg", a!)]);
      rules.push(["i32", (e, [a, b, c]) => e.choose(c!, a!, b!)]);
      rules.push(["bool", (e, [a, b, c, d0]) => e.choose(e.compare("less", a!, b!), c!, d0!)]);
      rules.push([
        "f32",
        (e, [a, b, , , x]) => e.choose(e.compare("less", a!, b!), x!, e.constant(0.1, "f32")),
      ]);
      rules.push(["f32", (e, [, , c, , x]) => e.combine("mul", x!, e.cast(c!, "f32"))]);
      rules.push(["i32", (e, [, , c, d0]) => e.combine("add", e.cast(c!, "i32"), e.cast(d0!, "i32"))]);
      rules.push(["bool", (e, [, , , , x]) => e.compare("less", x!, e.constant(-0, "f32"))]);
      rules.push(["bool", (e) => e.constant(1, "bool")], ["i32", (e) => e.constant(2 ** 31 + 5, "i32")]);
      if (wide) {
        rules.push([
          "f64",
          (e, [a, , , , x, y]) =>
            e.combine("add", e.cast(a!, "f64"), e.combine("mul", e.cast(x!, "f64"), y!)),
        ]);
        rules.push([
          "f64",
          (e, [a, b, c, , x, y]) =>
            e.choose(e.compare("less", a!, b!), y!, e.cast(e.choose(c!, x!, e.cast(y!, "f32")), "f64")),
        ]);
        rules.push(["i32", (e, [, , , , x, y]) => e.cast(e.combine("mul", y!, e.cast(x!, "f64")), "i32")]);
      }
      const outputs = rules.map(([dtype]) => memory(dtype, 37));
      const stores = rules.map(([, emit], r) => ({
        view: view(outputs[r]!, [37]),
        value: expression(emit as Parameters<typeof expression>[0], ...loads),
      }));
      check([37], stores, [...inputs, ...outputs]);
      for (const [s, store] of stores.entries())
        check([37], [store], [...inputs, outputs[s]!], 0, `rule ${s}`);
    }
  });
});
