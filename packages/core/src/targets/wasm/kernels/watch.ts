import { byteWidth, isFloat } from "../../../dtype.ts";
import type { View, WatchKernel } from "../../../lower/kernel.ts";
import { sizeOf, stridesOf } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { FloatLanes, InBoth } from "../assembler/instruction-types.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Printed } from "./printed.ts";
import { byteStrides, collapse, nestBetween, showAxes } from "./rows.ts";
import { BLOCK, countBlocks } from "./rows-moves.ts";

type Pointer = Local<"i32">;

/**
 * Returns 0, or 1 + the row-major position of the first element that is NaN or infinite among its units; of several
 * calls the smallest such number tells the first one of all. Where one of the views in `unless` has such an element
 * anywhere, 0. Pointers: the view, then those views that have floats. Units are places of the outermost axis, or
 * blocks where the view has no gaps. Other dtypes than floats have nothing to watch.
 */
export function printWatch(module: ModuleBuilder, { view, unless }: WatchKernel): Printed {
  const search = searchFunction(module, view);
  const reasons = unless.filter(({ buffer }) => isFloat(buffer.dtype));
  const others = reasons.map((reason) => searchFunction(module, reason));
  const key = `watch ${search.key} unless ${others.map((other) => other.key).join(", ")}`;
  const reference = module.once(key, () =>
    module.function(
      { name: key, params: ["i32", ...reasons.map(() => "i32" as const), "i32", "i32"], results: ["i32"] },
      (f, base, ...rest) => {
        const [low, high] = rest.splice(-2) as [Pointer, Pointer];
        const status = f.keep(f.call(search.function, base, low, high));
        const none = f.local("i32");
        others.forEach((other, i) => {
          f.if(status, () => {
            f.set(status, f.select(none, status, f.call(other.function, rest[i]!, 0, other.units)));
          });
        });
        f.get(status);
      },
    ),
  );
  return {
    function: reference,
    pointers: [view, ...reasons],
    units: search.units,
    cost: search.cost,
    scratchBytes: 0,
    fails: true,
  };
}

interface Search {
  readonly key: string;
  readonly function: FunctionReference<["i32", "i32", "i32"], ["i32"]>;
  readonly units: number;
  readonly cost: number;
}

/** Looks for the first bad element of a view. */
function searchFunction(module: ModuleBuilder, view: View): Search {
  const { dtype } = view.buffer;
  const width = byteWidth(dtype);
  // What is repeated is bad in its first place already: one place of an axis of stride 0 will do.
  const shape = view.shape.map((length, axis) => (view.strides[axis] === 0 ? Math.min(1, length) : length));
  const axes = collapse(shape, [byteStrides(view), stridesOf(view.shape)]);
  const size = sizeOf(shape);
  const nothing = size === 0 || !isFloat(dtype);
  const inner = axes.at(-1);
  const row = inner?.strides[0] === width && inner.strides[1] === 1 ? inner.length * width : 0;
  const single = inner === undefined || (axes.length === 1 && row > 0);
  const key = nothing ? "nothing" : `${dtype} ${showAxes(axes)}`;
  const reference = module.once(`search ${key}`, () =>
    module.function(
      { name: `search ${key}`, params: ["i32", "i32", "i32"], results: ["i32"] },
      (f, base, low, high) => {
        const scan = (start: Pointer, stop: Pointer, position: Pointer) =>
          scanRow(f, dtype === "f64" ? "f64" : "f32", start, stop, position);
        if (!nothing && single) {
          const end = f.keep(f.i32.add(base, row || width));
          const start = f.keep(f.i32.add(base, f.i32.mul(low, BLOCK)));
          const stop = f.keep(f.i32.add(base, f.i32.mul(high, BLOCK)));
          f.set(stop, f.select(stop, end, f.i32.lt_u(stop, end)));
          scan(start, stop, f.keep(f.i32.mul(low, BLOCK / width)));
        } else if (!nothing) {
          const position = f.local("i32");
          nestBetween(f, row > 0 ? axes.slice(0, -1) : axes, [base, position], [low, high], ([at, place]) => {
            scan(at!, f.keep(f.i32.add(at!, row || width)), place!);
          });
        }
        f.i32.const(0);
      },
    ),
  );
  return {
    key,
    function: reference,
    units: nothing ? 1 : single ? countBlocks(row || width) : axes[0]!.length,
    cost: nothing ? 0 : Math.ceil(row > 0 ? (size * width) / 16 + size / (row / width) : 2 * size),
  };
}

/** Leaves the function at the first bad element of a row; `position` is the first one's. */
function scanRow(
  f: FunctionBuilder,
  dtype: "f32" | "f64",
  start: Pointer,
  stop: Pointer,
  position: Pointer,
): void {
  const { i32, v128 } = f;
  const scalar = f[dtype] as InBoth<"f32", "f64">;
  const vector = f[dtype === "f32" ? "f32x4" : "f64x2"] as FloatLanes;
  const p = f.keep(f.get(start));
  // x - x is 0 for finite x, else NaN; whole blocks as long as they are good, then one element after another.
  f.loop((again) => {
    f.if(i32.ge_s(i32.sub(stop, p), BLOCK), () => {
      const zero = (offset: number) => {
        const x = f.keep(v128.load(p, { offset }));
        return vector.sub(x, x);
      };
      const halves = [0, 32].map((offset) => f.keep(vector.add(zero(offset), zero(offset + 16))));
      const sum = f.keep(vector.add(halves[0]!, halves[1]!));
      f.if(i32.eqz(v128.any_true(vector.ne(sum, sum))), () => {
        f.set(p, i32.add(p, BLOCK));
        f.br(again);
      });
    });
  });
  f.if(i32.lt_u(p, stop), () => {
    f.loop((again) => {
      const x = f.keep(scalar.load(p));
      f.if(scalar.ne(scalar.sub(x, x), 0), () => {
        const along = i32.shr_u(i32.sub(p, start), dtype === "f32" ? 2 : 3);
        f.return(f.keep(i32.add(i32.add(along, position), 1)));
      });
      f.br_if(again, i32.lt_u(f.tee(p, i32.add(p, byteWidth(dtype))), stop));
    });
  });
}
