/** Matrix products against the definition: all sizes up to 13, long sums, every kind of layout, and any split of the work. */
import { describe, expect, test } from "vitest";
import wabt from "wabt";
import type { Arithmetic } from "../../src/targets/wasm/arithmetic.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import { planProduct, productFunction } from "../../src/targets/wasm/product/product.ts";
import type { ProductSpec } from "../../src/targets/wasm/product/scheme.ts";
import {
  columnMajor,
  plain,
  productModule,
  type RunOptions,
  rowMajor,
  runProduct,
  worstError,
} from "./product-runs.ts";
import { arithmetics, engine, instantiate } from "./webassembly.ts";

/** Sums of a block of 512 in turn, then the blocks: how many roundings a sum can have met. */
const roundings = (k: number): number => Math.min(k, 512) + Math.ceil(k / 512) + 2;

function check(all: readonly ProductSpec[], arithmetic: Arithmetic): void {
  const specs = all.map((spec) => ({ ...spec, arithmetic }));
  const exports = instantiate(productModule(specs));
  const wrong = specs.flatMap((spec, i) => {
    const run = runProduct(exports, i, spec);
    const error = worstError(run, spec.dtype);
    return error <= roundings(spec.k) && run.strayBytes === 0
      ? []
      : [{ ...spec, error, strayBytes: run.strayBytes }];
  });
  expect(wrong.slice(0, 5)).toEqual([]);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Each factor by rows or by columns, with or without a gap; `form` counts through them. */
function layouts(m: number, k: number, n: number, form: number): Partial<ProductSpec> {
  const gap = form & 4 ? 3 : 0;
  return {
    a: form & 1 ? columnMajor(m + gap) : rowMajor(k + gap),
    b: form & 2 ? columnMajor(k + gap) : rowMajor(n + gap),
  };
}

const ALL_SIZES = Array.from({ length: 13 }, (_, i) => i + 1);
const SOME_SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 13];
const WIDE_SIZES = [1, 2, 4, 6, 7, 13, 17, 33];
const LARGE = [
  [32, 128, 52],
  [17, 1100, 35],
  [64, 600, 33],
  [301, 530, 20],
  [1, 4200, 77],
  [3, 2100, 9],
  [520, 40, 64],
  [1000, 3, 5],
  [7, 1, 500],
  [2, 33, 130],
  [250, 17, 1],
] as const;

describe.each(arithmetics)("%s", (_, arithmetic) => {
  test.each(["f32", "f64", "i32"] as const)("%s: small sizes", (dtype) => {
    const sizes = arithmetic.wide
      ? WIDE_SIZES
      : dtype === "f32" && !arithmetic.fused
        ? ALL_SIZES
        : SOME_SIZES;
    check(
      sizes.flatMap((m) =>
        sizes.flatMap((k) =>
          sizes.map((n) => {
            const count = (m * 13 + k) * 13 + n;
            const more = { packedB: count % 3 === 0, accumulate: count % 5 === 0 };
            return plain(m, k, n, { dtype, ...layouts(m, k, n, count), ...more });
          }),
        ),
      ),
      arithmetic,
    );
  });

  test.each(["f32", "f64", "i32"] as const)("%s: larger sizes in every layout", (dtype) => {
    check(
      LARGE.flatMap(([m, k, n], i) =>
        (dtype === "f32" ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 3, 5, 6]).map((form) =>
          plain(m, k, n, {
            dtype,
            ...layouts(m, k, n, form),
            packedB: (form + i) % 3 === 0,
            accumulate: (form + i) % 2 === 0,
          }),
        ),
      ),
      arithmetic,
    );
  });

  test("factors that repeat a row, a column or one element", () => {
    const repeated = [
      { rowStride: 0, columnStride: 1 },
      { rowStride: 1, columnStride: 0 },
      { rowStride: 0, columnStride: 0 },
      { rowStride: 3, columnStride: 5 },
    ];
    check(
      [1, 4, 19].flatMap((m) =>
        repeated.flatMap((a) =>
          repeated.flatMap((b) =>
            [7, 40].map((n) => plain(m, 21, n, { a, b, packedB: a.rowStride === b.rowStride })),
          ),
        ),
      ),
      arithmetic,
    );
  });

  test("results that are transposed or lie apart", () => {
    check(
      [1, 6, 23].flatMap((m) =>
        [1, 5, 18].flatMap((n) =>
          [columnMajor(m), columnMajor(m + 2), { rowStride: 2 * n + 5, columnStride: 2 }].flatMap((c) =>
            [false, true].map((accumulate) =>
              plain(m, 12, n, { c, accumulate, b: m > 6 ? columnMajor(12) : rowMajor(n) }),
            ),
          ),
        ),
      ),
      arithmetic,
    );
  });

  test("few k over many rows", () => {
    check(
      [1, 2, 3, 4, 5].flatMap((k) =>
        [9, 40].flatMap((m) =>
          [7, 32, 75].flatMap((n) =>
            [0, 1].map((form) => plain(m, k, n, { ...layouts(m, k, n, form), accumulate: n > 32 })),
          ),
        ),
      ),
      arithmetic,
    );
  });

  test("splitting the units changes no bit", () => {
    const specs = LARGE.flatMap(([m, k, n], i) =>
      [i % 4, (i + 2) % 4].map((form) =>
        plain(m, k, n, { ...layouts(m, k, n, form), accumulate: form > 1, arithmetic }),
      ),
    );
    const exports = instantiate(productModule(specs));
    specs.forEach((spec, i) => {
      const { units } = planProduct(spec);
      const whole = runProduct(exports, i, spec);
      const thirds = [Math.floor(units / 3), Math.floor(units / 3), Math.ceil(units / 2), units];
      for (const splits of [thirds, Array.from({ length: units }, (_, u) => u + 1)]) {
        const parts = runProduct(exports, i, spec, { splits });
        expect(parts.strayBytes).toBe(0);
        expect(Buffer.compare(bytesOf(parts.c), bytesOf(whole.c))).toBe(0);
      }
    });
  });

  test("an infinity stays in its row and its column", () => {
    const specs = [0, 1, 2, 3].map((form) => plain(6, 9, 11, { ...layouts(6, 9, 11, form), arithmetic }));
    const exports = instantiate(productModule(specs));
    specs.forEach((spec, i) => {
      const prepare: RunOptions["prepare"] = (a, b) => {
        a[4 * spec.a.rowStride + 8 * spec.a.columnStride] = Infinity;
        b[2 * spec.b.rowStride + 10 * spec.b.columnStride] = Number.NaN;
      };
      const { c } = runProduct(exports, i, spec, { prepare });
      const finite = (_: number, at: number): boolean => Math.floor(at / 11) !== 4 && at % 11 !== 10;
      expect([...c].map(Number.isFinite)).toEqual([...c].map(finite));
    });
  });
});

test("packing B pays where it is read out of order or has long rows", () => {
  const wants = (spec: ProductSpec): boolean => planProduct(spec).wantsPackedB;
  expect(wants(plain(32, 128, 512))).toBe(true);
  expect(wants(plain(1, 64, 64, { b: columnMajor(64) }))).toBe(true);
  expect(wants(plain(1, 64, 64))).toBe(false);
  expect(wants(plain(64, 512, 1))).toBe(false);
});

test("a product is written once, and kernels are shared", () => {
  const module = new ModuleBuilder();
  module.memory({ min: 1 });
  const spec = plain(32, 128, 512);
  expect(productFunction(module, spec)).toBe(productFunction(module, { ...spec }));
  const one = module.finish().length;
  productFunction(module, plain(64, 128, 512));
  expect(one).toBeLessThan(6000);
  expect(module.finish().length - one).toBeLessThan(1000);
});

test("the module is valid, fused multiplication included", async () => {
  const specs = LARGE.slice(0, 3).flatMap(([m, k, n]) =>
    [false, true].map((fused) =>
      plain(m, k, n, { arithmetic: { fused, wide: fused }, dtype: fused ? "f64" : "f32" }),
    ),
  );
  const bytes = productModule(specs);
  const { readWasm } = await wabt();
  const text = readWasm(bytes, { readDebugNames: true, relaxed_simd: true }) as {
    validate(): void;
    toText(options: object): string;
  };
  expect(() => text.validate()).not.toThrow();
  expect(text.toText({})).toContain("f64x2.relaxed_madd");
  expect(engine.validate(productModule(specs.filter(({ arithmetic }) => !arithmetic?.fused)))).toBe(true);
});
