import { describe, expect, test } from "vitest";
import type { Expression, MapKernel } from "../../../src/lower/kernel.ts";
import { sizeOf, stridesOf } from "../../../src/shape.ts";
import { printMap } from "../../../src/targets/wasm/kernels/map.ts";
import { check, DTYPES, mapKernel } from "./map-check.ts";
import { expression, load, type Memory, memory, running, someValues, view } from "./map-kernels.ts";

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

  test("tiles: loads that see a matrix transposed, beside others", () => {
    const rule = expression((e, [a, b, c, d, q]) => {
      const number = e.cast(e.combine("add", e.position(), d!), "f32");
      const sum = e.combine("add", e.combine("mul", a!, b!), e.combine("add", c!, number));
      return e.choose(q!, sum, a!);
    });
    for (const [layers, rows, columns] of [
      [1, 4, 4],
      [1, 16, 5],
      [1, 9, 16],
      [1, 8, 8],
      [1, 43, 31],
      [3, 7, 6],
      [2, 24, 20],
      [2, 1, 9],
    ] as const) {
      const shape = [layers, rows, columns];
      const size = sizeOf(shape);
      const across = [size / layers, 1, rows];
      const f = [1, 2].map((seed) => memory("f32", someValues("f32", size + 2, seed)));
      const [i, p] = [memory("i32", someValues("i32", size)), memory("bool", someValues("bool", size))];
      const [row, straight] = [
        memory("f32", someValues("f32", columns)),
        memory("f32", someValues("f32", size)),
      ];
      const operands = [
        view(f[0]!, shape, across, 1),
        view(straight, shape),
        view(row, shape, [0, 0, 1]),
        view(i, shape, across),
        view(p, shape, across),
      ].map(load);
      const value = { ...rule, operands } as Expression;
      const [y, z] = [memory("f32", size), memory("f32", size)];
      const copy = load(view(f[1]!, shape, across, 2));
      const stores = [{ view: view(y, shape), value }];
      const both = [...stores, { view: view(z, shape), value: copy }];
      const inputs = [...f, i, p, row, straight];
      check(shape, stores, [...inputs, y]);
      check(shape, both, [...inputs, y, z]);
      check(shape, [{ view: view(z, shape), value: copy }], [f[1]!, z]);
      const gone = [
        { view: view(f[0]!, shape, across, 1), value },
        { view: view(straight, shape), value: operands[0]! },
      ];
      check(shape, gone, inputs);
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

  test("what a loop adds differently needs a pointer of its own", () => {
    const [x, y] = [memory("f32", 20), memory("f32", 20)];
    const counter = { id: 1, length: 5, reverse: false };
    const from = view(x, [4]);
    const pointers = [0, 4, 8].map((stride) => {
      const other = load({ ...from, offset: 1, advances: [{ counter, stride }] });
      const value = sum(load({ ...from, advances: [{ counter, stride: 4 }] }), other);
      const kernel = mapKernel([4], [{ view: view(y, [4]), value }]);
      return running([x, y], (module) => printMap(module, kernel)).printed.pointers.length;
    });
    expect(pointers).toEqual([3, 2, 3]);
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

test("pairs of vectors: all loads before all stores, at constant distances", () => {
  const [x, y] = [memory("f32", someValues("f32", 96)), memory("f32", 96)];
  const value = expression((e, [a]) => e.apply("tanh", a!), load(view(x, [96])));
  const kernel = mapKernel([96], [{ view: view(y, [96]), value }]);
  const moves = (wide: boolean): string[] => {
    const { text } = running([x, y], (module) => printMap(module, kernel), { fused: false, wide });
    const code = text();
    const loop = code.slice(code.indexOf("loop"), code.indexOf("br_if", code.indexOf("loop")));
    return loop.match(/v128\.(load|store)( offset=\d+)?/g) ?? [];
  };
  expect(moves(false)).toEqual(["v128.load", "v128.store"]);
  expect(moves(true)).toEqual(["v128.load", "v128.load offset=16", "v128.store", "v128.store offset=16"]);
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
