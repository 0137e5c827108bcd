import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionReference } from "../assembler/function-signature.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Element, Pointer, Vector } from "./element.ts";
import { advance } from "./repetition.ts";

/** A strip of a factor that a kernel reads from beginning to end. */
export interface Strip {
  readonly element: Element;
  /** Elements of the factor from one k to the next, and across. */
  readonly along: number;
  readonly across: number;
  /** How many elements go across, and how many places they get; those left over become 0. */
  readonly count: number;
  readonly width: number;
  /** How many such strips lie side by side, and how far apart they go; default one. */
  readonly panels?: number;
  readonly panelStride?: number;
}

const PARAMETERS = ["i32", "i32", "i32"] as const;
/** `(from, to, k)` */
export type PackStrip = FunctionReference<typeof PARAMETERS, readonly []>;

/** `to[k, j] = from[k · along + j · across]` for `j < count`, 0 up to `width`. */
export const packStrip = (module: ModuleBuilder, strip: Strip): PackStrip => {
  const { element, along, across, count, width, panels = 1, panelStride = 0 } = strip;
  const { lanes, bytes } = element;
  const many = panels > 1 ? `-${panels},${panelStride}` : "";
  const name = `pack-${element.dtype}-${along},${across}-${count}-${width}${many}`;
  return module.once(name, () =>
    module.function({ name, params: PARAMETERS, results: [] }, (f, from, to, k) => {
      const moved = f.local("v128");
      const rounds = (steps: number, body: (from: number, to: number) => void): void =>
        f.block((done) => {
          f.br_if(done, f.i32.lt_u(k, steps));
          f.loop((again) => {
            for (let panel = 0; panel < panels; panel++) body(panel * width * across, panel * panelStride);
            advance(f, from, steps * along * bytes);
            advance(f, to, steps * width * bytes);
            f.br_if(again, f.i32.ge_u(f.tee(k, f.i32.sub(k, steps)), steps));
          });
        });
      if (along === 1 && across !== 1) rounds(lanes, () => transposed(f, strip, from, to));
      rounds(1, (left, right) => {
        for (let v = 0; v < element.vectors(width); v++) {
          const first = v * lanes;
          if (first < count)
            f.set(moved, element.load(f, from, left + first * across, element.lanesIn(v, count), across));
          else f.set(moved, f.i32x4.const(0));
          element.store(f, to, moved, right + first, element.lanesIn(v, width));
        }
      });
    }),
  );
};

/** As many k as a vector has lanes: vectors along k become vectors across. */
function transposed(f: FunctionBuilder, strip: Strip, from: Pointer, to: Pointer): void {
  const { element, across, count, width } = strip;
  const { lanes } = element;
  const pick = (x: Vector, y: Vector, order: number[]): Vector => f.keep(element.shuffle(f, x, y, order));
  for (let v = 0; v < element.vectors(width); v++) {
    const rows = Array.from({ length: lanes }, (_, i) => {
      const j = v * lanes + i;
      return f.keep(j < count ? element.load(f, from, j * across, lanes) : f.i32x4.const(0));
    });
    let turned: Vector[];
    if (lanes === 2) turned = [pick(rows[0]!, rows[1]!, [0, 2]), pick(rows[0]!, rows[1]!, [1, 3])];
    else {
      const low = [0, 2].map((i) => pick(rows[i]!, rows[i + 1]!, [0, 4, 1, 5]));
      const high = [0, 2].map((i) => pick(rows[i]!, rows[i + 1]!, [2, 6, 3, 7]));
      turned = [low, high].flatMap(([x, y]) => [pick(x!, y!, [0, 1, 4, 5]), pick(x!, y!, [2, 3, 6, 7])]);
    }
    turned.forEach((vector, k) => {
      element.store(f, to, vector, k * width + v * lanes, element.lanesIn(v, width));
    });
  }
}
