import type { SortKernel } from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local, Value } from "../assembler/operand.ts";
import type { Printed } from "./printed.ts";
import { byteStrides, collapse, distanceAt, showAxes } from "./rows.ts";
import { eachPosition } from "./rows-indices.ts";

type Pointer = Local<"i32">;

/** Bytes of a key, and of the place it came from. */
const [KEY, PLACE] = [8, 4];

/**
 * A number in the order of whole numbers: the bits of a float without its sign grow with it, those of a negative one are
 * turned. Zeros are one number, NaN is above all.
 */
function keyOf(
  f: FunctionBuilder,
  dtype: SortKernel["source"]["buffer"]["dtype"],
  from: Pointer,
): Value<"i64"> {
  const { i64, f64 } = f;
  if (dtype === "i32") return i64.extend_i32_s(f.i32.load(from));
  const number = dtype === "f32" ? f64.promote_f32(f.f32.load(from)) : f64.load(from);
  const x = f.keep(f64.add(number, 0)); // -0 + 0 is 0
  const bits = f.keep(i64.reinterpret_f64(x));
  const turned = i64.xor(bits, i64.and(i64.shr_s(bits, 63), 0x7fffffffffffffffn));
  return f.select(f.keep(turned), f.keep(i64.const(0x7fffffffffffffffn)), f64.eq(x, x));
}

/** Where rows of keys and places lie: two of each, which take turns. */
interface Rows {
  readonly keys: Pointer;
  readonly places: Pointer;
}

/** Merges runs of `width` in `from` to runs of twice as many in `to`; of equal keys the one of the left run comes first. */
function mergeRuns(f: FunctionBuilder, from: Rows, to: Rows, width: Pointer, length: number): void {
  const { i32, i64 } = f;
  const [left, right, at] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const [middle, end] = [f.local("i32"), f.local("i32")];
  const least = (value: Value<"i32">): Value<"i32"> => {
    const kept = f.keep(value);
    return f.select(f.get(kept), f.keep(i32.const(length)), i32.lt_s(kept, length));
  };
  const key = (place: Pointer): Value<"i64"> => i64.load(i32.add(from.keys, i32.shl(place, 3)));
  f.set(at, 0);
  f.loop((nextRun) => {
    f.set(left, f.get(at));
    f.set(middle, least(i32.add(at, width)));
    f.set(right, f.get(middle));
    f.set(end, least(i32.add(i32.add(at, width), width)));
    f.loop((nextElement) => {
      const goesLeft = f.local("i32");
      f.set(goesLeft, 0);
      f.if(i32.lt_s(left, middle), () => {
        f.set(goesLeft, i32.ge_s(right, end));
        f.if(i32.lt_s(right, end), () => {
          f.set(goesLeft, i64.le_s(f.keep(key(left)), f.keep(key(right))));
        });
      });
      const chosen = f.keep(f.select(f.get(left), f.get(right), goesLeft));
      i64.store(f.keep(i32.add(to.keys, i32.shl(at, 3))), f.keep(key(chosen)));
      i32.store(
        f.keep(i32.add(to.places, i32.shl(at, 2))),
        f.keep(i32.load(i32.add(from.places, i32.shl(chosen, 2)))),
      );
      f.set(left, i32.add(left, goesLeft));
      f.set(right, i32.add(right, i32.eqz(goesLeft)));
      f.br_if(nextElement, i32.lt_s(f.tee(at, i32.add(at, 1)), end));
    });
    f.br_if(nextRun, i32.lt_s(at, length));
  });
}

/** The places of the elements of rows in their order, as a function: a merge sort from runs of one on. Units are rows. */
export function printSort(module: ModuleBuilder, { source, result, ordering }: SortKernel): Printed {
  const { axis, descending } = ordering;
  const { dtype } = source.buffer;
  const length = source.shape[axis]!;
  const rest = source.shape.filter((_, at) => at !== axis);
  const [from, to] = [byteStrides(source), byteStrides(result)];
  const others = (strides: readonly number[]): number[] => strides.filter((_, at) => at !== axis);
  const rows = collapse(rest, [others(from), others(to)]);
  const count = length === 0 ? 0 : sizeOf(rest);
  const name = `sort ${dtype} ${length}:${from[axis]}:${to[axis]} ${descending} rows ${showAxes(rows)}`;
  const print = (): Printed["function"] =>
    module.function(
      { name, params: ["i32", "i32", "i32", "i32", "i32"], results: [] },
      (f, x, y, scratch, low, high) => {
        const { i32, i64 } = f;
        if (count === 0) return;
        const [keys, otherKeys] = [scratch, f.keep(i32.add(scratch, KEY * length))];
        const places = f.keep(i32.add(scratch, 2 * KEY * length));
        const otherPlaces = f.keep(i32.add(places, PLACE * length));
        const [a, b] = [
          { keys: f.keep(f.get(keys)), places: f.keep(f.get(places)) },
          { keys: f.keep(f.get(otherKeys)), places: f.keep(f.get(otherPlaces)) },
        ];
        const [width, place, pointer] = [f.local("i32"), f.local("i32"), f.local("i32")];
        /** Runs a body for each place of a row, with a pointer that moves by so many bytes. */
        const each = (start: Value<"i32">, step: number, body: () => void): void => {
          f.set(pointer, start);
          f.set(place, 0);
          f.loop((again) => {
            body();
            f.set(pointer, i32.add(pointer, step));
            f.br_if(again, i32.lt_s(f.tee(place, i32.add(place, 1)), length));
          });
        };
        eachPosition(f, low, high, (row) => {
          each(i32.add(x, distanceAt(f, rows, 0, row)), from[axis]!, () => {
            const key = f.keep(keyOf(f, dtype, pointer));
            i64.store(
              f.keep(i32.add(a.keys, i32.shl(place, 3))),
              f.keep(descending ? i64.xor(key, -1n) : f.get(key)),
            );
            i32.store(f.keep(i32.add(a.places, i32.shl(place, 2))), place);
          });
          f.set(width, 1);
          f.block((done) => {
            f.loop((again) => {
              f.br_if(done, i32.ge_s(width, length));
              mergeRuns(f, a, b, width, length);
              for (const name of ["keys", "places"] as const) {
                const kept = f.keep(f.get(a[name]));
                f.set(a[name], f.get(b[name]));
                f.set(b[name], f.get(kept));
              }
              f.set(width, i32.shl(width, 1));
              f.br(again);
            });
          });
          each(i32.add(y, distanceAt(f, rows, 1, row)), to[axis]!, () => {
            i32.store(pointer, f.keep(i32.load(i32.add(a.places, i32.shl(place, 2)))));
          });
        });
      },
    );
  return {
    function: module.once(name, print),
    pointers: [source, result],
    units: count,
    cost: count * length * (4 + 6 * Math.ceil(Math.log2(Math.max(2, length)))),
    scratchBytes: 2 * (KEY + PLACE) * length,
    fails: false,
  };
}
