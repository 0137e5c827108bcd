import { PLAIN } from "../arithmetic.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import { Element } from "./element.ts";
import { packStrip } from "./packing.ts";
import { productWork } from "./panel-work.ts";
import { ProductLoops } from "./product-loops.ts";
import { advance, repeat } from "./repetition.ts";
import { type ProductSpec, panelsPackedAtOnce, schemeOf } from "./scheme.ts";

/** How a product can be split, and what memory it needs. */
export interface ProductPlan {
  /** Units of work; a call does those from `lo` up to `hi`. Each owns whole columns or whole rows of C. */
  readonly units: number;
  /** Memory for packing that each call needs for itself, at a multiple of 16. */
  readonly scratchBytes: number;
  /** Whether packing B once pays where B is used in several calls. */
  readonly wantsPackedB: boolean;
  readonly packedBytes: number;
}

const PRODUCT = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
const PACK = ["i32", "i32"] as const;

/** What a product of this shape needs. */
export function planProduct(
  spec: Omit<ProductSpec, "packedB"> & { readonly packedB?: boolean },
): ProductPlan {
  const scheme = schemeOf({ ...spec, packedB: spec.packedB ?? false });
  const { panel, bytes } = scheme.element;
  const { rows, panels, split, wantsPackedB } = scheme;
  return {
    units: split === "columns" ? panels : rows.bigCount + rows.smallCount,
    scratchBytes: scheme.scratchBytes,
    wantsPackedB,
    packedBytes: Math.ceil(spec.n / panel) * panel * spec.k * bytes,
  };
}

/**
 * `(b, packed)`: packs B for `packedB`: panels of two vectors of columns, in each all k from first to last, the
 * columns that the last panel lacks as zeros.
 */
export function packFunction(
  module: ModuleBuilder,
  spec: ProductSpec,
): FunctionReference<typeof PACK, readonly []> {
  const { dtype, k, n, b, arithmetic = PLAIN } = spec;
  const element = new Element(dtype, arithmetic);
  const width = element.panel;
  const name = `pack-${dtype}-${k}x${n}-${b.rowStride},${b.columnStride}`;
  const strip = (count: number, panels = 1) =>
    packStrip(module, {
      element,
      along: b.rowStride,
      across: b.columnStride,
      count,
      width,
      panels,
      panelStride: k * width,
    });
  return module.once(name, () => {
    const whole = Math.floor(n / width);
    const many = b.columnStride === 1 ? panelsPackedAtOnce(n, width, element.bytes) : 1;
    const full = whole % many > 0 ? strip(width) : undefined;
    const several = whole >= many ? strip(width, many) : undefined;
    const rest = n % width > 0 ? strip(n % width) : undefined;
    return module.function({ name, params: PACK, results: [] }, (f, from, to) => {
      for (const [count, panels, pack] of [
        [Math.floor(whole / many), many, several],
        [whole % many, 1, full],
      ] as const)
        repeat(f, count, () => {
          f.call(pack!, from, to, k);
          advance(f, from, panels * width * b.columnStride * element.bytes);
          advance(f, to, panels * width * k * element.bytes);
        });
      if (rest) f.call(rest, from, to, k);
    });
  });
}

/**
 * `(a, b, c, scratch, lo, hi)`: does the units `lo <= u < hi` of a product. All are addresses in bytes; how the units
 * are shared out changes no bit of the result.
 *
 * Sums run over at most 512 values of k (in dot products each lane's does), and sums of such blocks are added up in C:
 * the error grows with `512 + k / 512` roundings at worst, not with `k`.
 */
export function productFunction(
  module: ModuleBuilder,
  spec: ProductSpec,
): FunctionReference<typeof PRODUCT, readonly []> {
  const { dtype, m, k, n, a, b, c, packedB, accumulate } = spec;
  const layouts = [a, packedB ? undefined : b, c].map((l) =>
    l ? `${l.rowStride},${l.columnStride}` : "packed",
  );
  const name = `product-${dtype}-${m}x${k}x${n}-${layouts.join("-")}${accumulate ? "+" : ""}`;
  return module.once(name, () => {
    const scheme = schemeOf(spec);
    const work = productWork(module, scheme);
    return module.function({ name, params: PRODUCT, results: [] }, (f, left, right, c, scratch, lo, hi) => {
      const [a, b] = scheme.exchanged ? [right, left] : [left, right];
      new ProductLoops(f, scheme, work, { a, b, c, scratch, lo, hi }).write();
    });
  });
}
