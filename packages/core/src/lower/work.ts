import { byteWidth } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import { sizeOf } from "../shape.ts";
import { accessesOf } from "./accesses.ts";
import type { Expression, Kernel, PlainKernel, ProductKernel, View } from "./kernel.ts";

/** Multiplications and additions of a product. */
export const productFlops = ({ a, c }: ProductKernel): number => 2 * sizeOf(c.shape) * a.shape.at(-1)!;

/** Multiplications and additions of all matrix products, in one call. */
export const flopsOf = (kernels: readonly Kernel[]): number =>
  kernels.reduce((sum, kernel) => {
    if (kernel.kind === "loop") return sum + kernel.counter.length * flopsOf(kernel.body);
    return kernel.kind === "product" ? sum + productFlops(kernel) : sum;
  }, 0);

/** Operations and bytes of one run of a kernel. Every function of an element counts as one operation. */
export function workOf(kernel: PlainKernel): { readonly flops: number; readonly bytes: number } {
  const { reads, writes } = accessesOf(kernel);
  const bytes = [...reads, ...writes].reduce((sum, view) => sum + bytesOf(view), 0);
  return { flops: operationsOf(kernel), bytes };
}

/** Of the elements that a view names, those that are repeated along an axis once. */
const bytesOf = ({ buffer, shape, strides }: View): number =>
  byteWidth(buffer.dtype) * sizeOf(shape.filter((_, axis) => strides[axis] !== 0));

function operationsOf(kernel: PlainKernel): number {
  switch (kernel.kind) {
    case "product":
      return productFlops(kernel);
    case "map":
      return sizeOf(kernel.shape) * applications(kernel.stores.map(({ value }) => value));
    case "reduce":
      return sizeOf([...kernel.kept, ...kernel.reduced]) * (1 + applications([kernel.value]));
    case "scatterAdd":
      return sizeOf(kernel.updates.shape);
    case "overlap":
    case "cumulative":
      return sizeOf(kernel.source.shape);
    default:
      return 0;
  }
}

/** Functions that are applied; parts that are the same object once. */
function applications(values: readonly Expression[]): number {
  const seen = new Set<Expression>();
  const todo = [...values];
  for (let value = todo.pop(); value; value = todo.pop()) {
    if (value.kind !== "apply" || seen.has(value)) continue;
    seen.add(value);
    todo.push(...value.operands);
  }
  return seen.size;
}

const showSizes = (shape: Shape): string => `[${shape.join(", ")}]`;

/** A kernel in a few words: `product [32, 128] × [128, 512]`, `map [32, 512]: add, tanh`. */
export function describeKernel(kernel: PlainKernel): string {
  if (kernel.kind === "product") return `product ${showSizes(kernel.a.shape)} × ${showSizes(kernel.b.shape)}`;
  const { reads, writes } = accessesOf(kernel);
  const { shape } =
    kernel.kind === "reduce" ? { shape: [...kernel.kept, ...kernel.reduced] } : (writes[0] ?? reads[0]!);
  const names = [...new Set(kernel.nodes.map(({ op }) => op.name))];
  const shown = names.length > 4 ? [...names.slice(0, 4), "…"] : names;
  return `${kernel.kind} ${showSizes(shape)}${names.length > 0 ? `: ${shown.join(", ")}` : ""}`;
}
