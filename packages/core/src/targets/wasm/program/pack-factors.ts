import { byteWidth } from "../../../dtype.ts";
import { accessesOf } from "../../../lower/accesses.ts";
import type { Buffer, Kernel, LoopCounter, LoopKernel, ProductKernel, View } from "../../../lower/kernel.ts";
import { mayOverlap, sameView, wholeView } from "../../../lower/view.ts";
import { sizeOf } from "../../../shape.ts";
import type { Arithmetic } from "../arithmetic.ts";
import { specOf } from "../kernels/product.ts";
import { planProduct } from "../product/product.ts";

/** Makes a buffer of the loops around a scope. */
export type NewBuffer = (dtype: Buffer["dtype"], size: number, loops: readonly LoopCounter[]) => Buffer;

/**
 * Right factors of products that stay the same for the steps of a loop are packed once before it, in the order in
 * which the product reads them fastest. Inside of loops over shares nothing is packed: shares would use one buffer.
 */
export function packFactors(
  kernels: readonly Kernel[],
  newBuffer: NewBuffer,
  shares: ReadonlySet<LoopCounter>,
  arithmetic: Arithmetic,
): Kernel[] {
  return packList(kernels, [], newBuffer, shares, arithmetic);
}

function packList(
  kernels: readonly Kernel[],
  loops: readonly LoopCounter[],
  newBuffer: NewBuffer,
  shares: ReadonlySet<LoopCounter>,
  arithmetic: Arithmetic,
): Kernel[] {
  return kernels.flatMap((kernel): Kernel[] => {
    if (kernel.kind !== "loop") return [kernel];
    const before: Kernel[] = [];
    const known: { source: View; shape: string; target: View }[] = [];
    const { writes } = accessesOf(kernel);
    const packed = packInside(kernel, (product) => {
      const spec = { ...specOf(product, arithmetic), packedB: false };
      const { wantsPackedB, packedBytes } = planProduct(spec);
      const { b } = product;
      const changes =
        b.advances.some(({ counter }) => !loops.includes(counter)) ||
        writes.some((write) => mayOverlap(write, b));
      // Matrices of a batch that are one and the same are packed once.
      const batch = b.shape.slice(0, -2);
      const lead = batch.map((length, axis) => (b.strides[axis] === 0 ? 1 : length));
      if (!wantsPackedB || changes || sizeOf(lead) === 0) return undefined;
      const shape = `${lead} ${spec.k} ${spec.n}`;
      const earlier = known.find((one) => sameView(one.source, b) && one.shape === shape);
      if (earlier) return earlier.target;
      const { dtype } = b.buffer;
      const size = packedBytes / byteWidth(dtype);
      const buffer = newBuffer(dtype, sizeOf(lead) * size, loops);
      const whole = wholeView(buffer, [...lead, 1, size]);
      const source = { ...b, shape: [...lead, ...b.shape.slice(-2)] };
      before.push({ kind: "pack", product, source, target: whole, nodes: product.nodes });
      const strides = whole.strides.map((stride, axis) => (batch[axis]! > lead[axis]! ? 0 : stride));
      const target = { ...whole, shape: [...batch, 1, size], strides };
      known.push({ source: b, shape, target });
      return target;
    });
    if (shares.has(kernel.counter)) return [...before, packed];
    const body = packList(packed.body, [...loops, kernel.counter], newBuffer, shares, arithmetic);
    return [...before, { ...packed, body }];
  });
}

/** The loop with packed factors where `pack` gives any; loops inside of it too. */
function packInside(loop: LoopKernel, pack: (product: ProductKernel) => View | undefined): LoopKernel {
  const body = loop.body.map((kernel): Kernel => {
    if (kernel.kind === "loop") return packInside(kernel, pack);
    if (kernel.kind !== "product" || kernel.packed) return kernel;
    const packed = pack(kernel);
    return packed ? { ...kernel, packed } : kernel;
  });
  return { ...loop, body };
}
