import { byteWidth } from "../../../dtype.ts";
import type { PackKernel, ProductKernel, View } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import type { Arithmetic } from "../arithmetic.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import { packFunction, planProduct, productFunction } from "../product/product.ts";
import type { MatrixLayout, ProductSpec } from "../product/scheme.ts";
import type { Printed } from "./printed.ts";

/** Multiply-adds per nanosecond of a product of some size. */
const RATE = 20;

/** Strides along axes of length 1 may be anything; those of others are not negative. */
const matrix = ({ strides }: View): MatrixLayout => ({
  rowStride: Math.max(0, strides.at(-2)!),
  columnStride: Math.max(0, strides.at(-1)!),
});

/** One matrix product of a kernel, which may be a batch of them. */
export function specOf({ a, b, c, packed, adds }: ProductKernel, arithmetic: Arithmetic): ProductSpec {
  const dtype = c.buffer.dtype as ProductSpec["dtype"];
  const [m, n] = c.shape.slice(-2) as [number, number];
  const k = a.shape.at(-1)!;
  const layouts = { a: matrix(a), b: matrix(b), c: matrix(c) };
  return { dtype, m, k, n, ...layouts, packedB: packed !== undefined, accumulate: adds ?? false, arithmetic };
}

/** Units are those of one product; a call does them for every matrix of the batch. */
export function printProduct(module: ModuleBuilder, kernel: ProductKernel): Printed {
  const { a, c } = kernel;
  const right = kernel.packed ?? kernel.b;
  const spec = specOf(kernel, module.arithmetic);
  const { units, scratchBytes } = planProduct(spec);
  const single = productFunction(module, spec);
  const views = [a, right, c];
  const batch = c.shape.slice(0, -2);
  return {
    function: sizeOf(batch) === 1 ? single : batched(module, single, views, batch),
    pointers: views,
    units,
    cost: (sizeOf(c.shape) * spec.k) / RATE,
    scratchBytes,
    fails: false,
  };
}

function batched(
  module: ModuleBuilder,
  single: ReturnType<typeof productFunction>,
  views: readonly View[],
  batch: readonly number[],
): ReturnType<typeof productFunction> {
  const steps = stepsOf(views);
  const name = `${single.name} batch ${batch} at ${steps.join(";")}`;
  return module.once(name, () =>
    module.function(
      { name, params: ["i32", "i32", "i32", "i32", "i32", "i32"], results: [] },
      (f, ...parameters) => {
        const [a, b, c, scratch, low, high] = parameters;
        overBatch(f, batch, steps, [a, b, c], (pointers) => {
          f.call(single, pointers[0]!, pointers[1]!, pointers[2]!, scratch, low, high);
        });
      },
    ),
  );
}

/** Bytes from one matrix of each view to the next, along each axis of the batch. */
const stepsOf = (views: readonly View[]): number[][] =>
  views.map(({ strides, buffer }) => strides.slice(0, -2).map((stride) => stride * byteWidth(buffer.dtype)));

/** Writes `body` for every matrix of a batch, with pointers at it. */
function overBatch(
  f: FunctionBuilder,
  batch: readonly number[],
  steps: readonly (readonly number[])[],
  pointers: readonly Local<"i32">[],
  body: (pointers: readonly Local<"i32">[]) => void,
): void {
  const nest = (axis: number, pointers: readonly Local<"i32">[]): void => {
    if (axis === batch.length) {
      body(pointers);
      return;
    }
    const moving = pointers.map((pointer) => f.keep(f.get(pointer)));
    times(f, batch[axis]!, () => {
      nest(axis + 1, moving);
      moving.forEach((pointer, i) => {
        f.set(pointer, f.i32.add(pointer, steps[i]![axis]!));
      });
    });
  };
  nest(0, pointers);
}

function times(f: FunctionBuilder, count: number, body: () => void): void {
  const left = f.keep(f.i32.const(count));
  f.loop((again) => {
    body();
    f.br_if(again, f.tee(left, f.i32.sub(left, 1)));
  });
}

/** Work that is done once for many products with one right factor, or one of each batch: by one thread. */
export function printPack(module: ModuleBuilder, { product, source, target }: PackKernel): Printed {
  const pack = packFunction(module, {
    ...specOf(product, module.arithmetic),
    b: matrix(source),
    packedB: true,
  });
  const batch = source.shape.slice(0, -2);
  const views = [source, target];
  const steps = stepsOf(views);
  const name =
    sizeOf(batch) === 1 ? `${pack.name} once` : `${pack.name} batch ${batch} at ${steps.join(";")}`;
  const whole = module.once(name, () =>
    module.function({ name, params: ["i32", "i32", "i32", "i32"], results: [] }, (f, from, to) => {
      overBatch(f, sizeOf(batch) === 1 ? [] : batch, steps, [from, to], ([source, target]) => {
        f.call(pack, source!, target!);
      });
    }),
  );
  return {
    function: whole,
    pointers: views,
    units: 1,
    cost: target.buffer.size / 2,
    scratchBytes: 0,
    fails: false,
  };
}
