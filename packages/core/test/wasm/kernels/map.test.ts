import { describe, expect, test } from "vitest";
import type { DType } from "../../../src/dtype.ts";
import type { Emitter, ScalarFunction } from "../../../src/graph/kernel-rule.ts";
import type { Expression, MapKernel, Store } from "../../../src/lower/kernel.ts";
import { type Shape, sizeOf, stridesOf } from "../../../src/shape.ts";
import { printMap } from "../../../src/targets/wasm/kernels/map.ts";
import {
  distance,
  expression,
  load,
  type Memory,
  memory,
  placesOf,
  running,
  someValues,
  valuesOf,
  view,
} from "./map-kernels.ts";

const DTYPES: DType[] = ["f32", "f64", "i32", "bool"];

const mapKernel = (shape: Shape, stores: Store[]): MapKernel => ({ kind: "map", shape, stores, nodes: [] });

/** Runs a map whole and in parts, and compares with plain JavaScript; `ulp` is what may differ. */
function check(shape: Shape, stores: Store[], memories: readonly Memory[], ulp = 0, message = ""): void {
  const expected = stores.map(({ value }) => valuesOf(value, shape, memories));
  const before = memories.map(({ data }) => data.slice());
  const kernel = mapKernel(shape, stores);
  const { run, printed } = running(memories, (module) => printMap(module, kernel));
  let whole: Memory["data"][] = [];
  for (const parts of [1, 2, 3]) {
    for (const [i, { data }] of memories.entries()) data.set(before[i]!);
    run(parts);
    if (parts === 1) {
      whole = memories.map(({ data }) => data.slice());
      const written = new Map(memories.map(({ buffer }) => [buffer, new Set<number>()]));
      stores.forEach(({ view: to }, s) => {
        const { data, buffer } = memories.find((m) => m.buffer === to.buffer)!;
        placesOf(to).forEach((place, i) => {
          written.get(buffer)!.add(place);
          const far = distance(data[place]!, expected[s]![i]!, buffer.dtype);
          if (far > ulp)
            expect.fail(
              `${message} [${shape}] store ${s} element ${i}: ${data[place]} for ${expected[s]![i]}`,
            );
        });
      });
      memories.forEach(({ data, buffer }, m) => {
        for (let i = 0; i < data.length; i++)
          if (!written.get(buffer)!.has(i) && !Object.is(data[i], before[m]![i]))
            expect.fail(`${message} [${shape}] wrote element ${i} of buffer ${m}`);
      });
    } else expect(memories.map(({ data }) => data)).toEqual(whole);
  }
  expect(printed.fails).toBe(false);
  expect(printed.cost > 0).toBe(sizeOf(shape) > 0);
}

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

describe("shapes and strides", () => {
  const sum = (a: Expression, b: Expression): Expression =>
    expression((e, [x, y]) => e.combine("add", x!, y!), a, b);

  test("lengths from 0 to 17 and around a block, all dtypes", () => {
    for (const dtype of DTYPES)
      for (const length of [...Array(18).keys(), 63, 64, 65, 127, 128, 131, 1000]) {
        const x = memory(dtype, someValues(dtype, length));
        const y = memory(dtype, length + 3);
        const value = expression(
          (e, [a]) => (dtype === "bool" ? e.not(a!) : e.apply("neg", a!)),
          load(view(x, [length])),
        );
        check([length], [{ view: view(y, [length], [1], 2), value }], [x, y], 0, dtype);
      }
  });

  test("every order of axes, gaps, broadcasts and steps backwards", () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const dtype of DTYPES)
      for (const shape of [
        [3, 4, 5],
        [7, 1, 2],
        [2, 9, 3],
      ])
        for (const order of orders)
          for (const kind of ["dense", "gap", "broadcast", "backwards"]) {
            const permuted = stridesOf(order.map((axis) => shape[axis]!));
            let strides = shape.map((_, axis) => permuted[order.indexOf(axis)]!);
            let offset = 0;
            if (kind === "gap") strides = strides.map((stride) => stride * 2);
            if (kind === "broadcast") strides[order[1]!] = 0;
            if (kind === "backwards") {
              offset = (shape[order[2]!]! - 1) * strides[order[2]!]!;
              strides[order[2]!]! *= -1;
            }
            const x = memory(dtype, someValues(dtype, 2 * sizeOf(shape) + 5));
            const y = memory(dtype, sizeOf(shape));
            const position = expression((e) => e.cast(e.position(), dtype));
            const value = expression(
              (e, [a, p]) => (dtype === "bool" ? e.bits("xor", a!, p!) : e.combine("add", a!, p!)),
              load(view(x, shape, strides, offset + 3)),
              position,
            );
            check(shape, [{ view: view(y, shape), value }], [x, y], 0, `${dtype} ${order} ${kind}`);
            if (kind === "broadcast") continue;
            const z = memory(dtype, 2 * sizeOf(shape) + 5);
            const flat = load(view(y, shape));
            check(
              shape,
              [{ view: view(z, shape, strides, offset + 3), value: flat }],
              [y, z],
              0,
              `${dtype} ${order} ${kind}`,
            );
          }
  });

  test("axes that merge only in part, values that stand outside inner loops", () => {
    const x = memory("f32", someValues("f32", 400));
    const y = memory("f32", 60);
    const row = load(view(x, [3, 4, 5], [0, 0, 1], 7));
    const column = load(view(x, [3, 4, 5], [0, 9, 0], 1));
    const layer = load(view(x, [3, 4, 5], [50, 0, 0]));
    const only = load(view(x, [3, 4, 5], [0, 0, 0], 399));
    const value = [row, column, layer, only].reduce(sum);
    check([3, 4, 5], [{ view: view(y, [3, 4, 5]), value }], [x, y]);
    check([], [{ view: view(y, []), value: sum(load(view(x, [])), load(view(x, [], [], 9))) }], [x, y]);
  });

  test("slices of one buffer share a pointer", () => {
    const x = memory("f32", someValues("f32", 4 * 40));
    const y = memory("f32", 4 * 10);
    const slices = [3, 1, 0, 2].map((s) => load(view(x, [4, 10], [40, 1], 10 * s)));
    const value = slices.reduce((a, b) => expression((e, [p, q]) => e.combine("sub", p!, q!), a, b));
    const stores = [{ view: view(y, [4, 10]), value }];
    check([4, 10], stores, [x, y]);
    const { printed } = running([x, y], (module) => printMap(module, mapKernel([4, 10], stores)));
    expect(printed.pointers.length).toBe(2);
  });

  test("a function for kernels that differ in their addresses only", () => {
    const [x, y, z] = [memory("f32", 20), memory("f32", 20), memory("f32", 20)];
    const make = (from: Memory, to: Memory, offset: number): MapKernel =>
      mapKernel(
        [8],
        [
          {
            view: view(to, [8], [1], offset),
            value: expression((e, [a]) => e.apply("exp", a!), load(view(from, [8]))),
          },
        ],
      );
    running([x, y, z], (module) => {
      const first = printMap(module, make(x, y, 0));
      expect(printMap(module, make(y, z, 3)).function).toBe(first.function);
      expect(printMap(module, make(x, x, 0)).function).not.toBe(first.function);
      return first;
    });
  });

  test("in place", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const [x, y] = [memory(dtype, someValues(dtype, 77)), memory(dtype, someValues(dtype, 77, 2))];
      const [a, b] = [load(view(x, [7, 11])), load(view(y, [7, 11]))];
      const stores = [
        { view: view(x, [7, 11]), value: sum(a, b) },
        { view: view(y, [7, 11]), value: expression((e, [p, q]) => e.combine("mul", p!, q!), a, b) },
      ];
      check([7, 11], stores, [x, y]);
    }
  });
});

test("a large expression with shared parts", () => {
  const x = memory("f32", someValues("f32", 33));
  const y = memory("f32", 33);
  let value = load(view(x, [33]));
  for (let i = 0; i < 60; i++) {
    const last = value;
    value = expression(
      (e, [a, b]) => e.combine("mul", e.combine("add", a!, b!), e.constant(0.4999, "f32")),
      last,
      last,
    );
    if (i % 3 === 0) value = expression((e, [a]) => e.apply("tanh", a!), value);
  }
  check([33], [{ view: view(y, [33]), value }], [x, y], 30);
});

test("random bits: the same in parts, in two lanes, from any order", () => {
  const key = memory("i32", [123456789, -987654321]);
  const keys = [0, 1].map((k) => load(view(key, [5, 13], [0, 0], k)));
  const value = expression(
    (e, [a, b]) => {
      let [p, q] = [e.combine("add", e.position(), a!), b!];
      for (const bits of [13, 15, 26, 6, 17, 29, 16, 24]) {
        p = e.combine("add", p, q);
        q = e.bits("xor", e.bits("or", e.shift("left", q, bits), e.shift("right", q, 32 - bits)), p);
      }
      return e.combine("add", p, q);
    },
    ...keys,
  );
  const asDouble = expression((e, [a]) => e.cast(a!, "f64"), value);
  const [y, z] = [memory("i32", 65), memory("f64", 65)];
  check([5, 13], [{ view: view(y, [5, 13]), value }], [key, y]);
  check([5, 13], [{ view: view(z, [5, 13], [1, 5]), value: asDouble }], [key, z]);
});
