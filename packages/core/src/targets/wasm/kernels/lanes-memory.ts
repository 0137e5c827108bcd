import { byteWidth, type DType } from "../../../dtype.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";
import type { Vector, VectorValue } from "../math/lanes.ts";
import type { LaneCount } from "./emitter-lanes.ts";

/** Elements in memory, one for each lane: the address of the first one, and the step from one to the next. */
export interface Place {
  readonly dtype: DType;
  readonly pointer: Local<"i32">;
  /** Bytes after the pointer. */
  readonly offset: number;
  /** Elements. */
  readonly stride: number;
}

const range = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Where the bytes `picked` of a vector go, `16 / lanes` copies of each. */
const spread = (lanes: LaneCount, picked: (lane: number) => number): number[] =>
  range(16, (i) => picked(Math.floor((i * lanes) / 16)));

type Byte = 8 | 16 | 32 | 64;

/** Loads and stores of `count` lanes; the lanes beyond hold anything. */
export class LaneMemory {
  readonly f: FunctionBuilder;
  readonly lanes: LaneCount;

  constructor(f: FunctionBuilder, lanes: LaneCount) {
    this.f = f;
    this.lanes = lanes;
  }

  /** The address of a lane, as an operand and an offset. */
  #address({ pointer, offset, stride, dtype }: Place, lane: number): [Local<"i32">, { offset: number }] {
    const distance = lane * stride * byteWidth(dtype);
    if (distance >= 0) return [pointer, { offset: offset + distance }];
    return [this.f.keep(this.f.i32.sub(pointer, -distance)), { offset }];
  }

  load(place: Place, count: number): VectorValue {
    if (place.dtype === "bool") return this.#loadMask(place, count);
    const { f } = this;
    const bits: 32 | 64 = place.dtype === "f64" ? 64 : 32;
    const full = count === this.lanes;
    if (place.stride === 0 || count === 1) return f.v128[`load${bits}_splat`](...this.#address(place, 0));
    if (full && place.stride === 1) return this.#loadAll(place, 0);
    if (full && place.stride === -1) {
      const x = f.keep(this.#loadAll(place, count - 1));
      const width = bits / 8;
      const mirror = range(16, (i) => ((count - 1 - Math.floor(i / width)) * width + (i % width) + 16) % 16);
      return f.i8x16.shuffle(mirror, x, x);
    }
    const pair = bits === 32 && place.stride === 1;
    let x: Vector = f.keep(
      f.v128[pair || bits === 64 ? "load64_splat" : "load32_splat"](...this.#address(place, 0)),
    );
    for (let lane = pair ? 2 : 1; lane < count; lane++) {
      const [pointer, memory] = this.#address(place, lane);
      x = f.keep(
        bits === 32
          ? f.v128.load32_lane(lane, pointer, x, memory)
          : f.v128.load64_lane(lane, pointer, x, memory),
      );
    }
    return f.get(x);
  }

  /** One element from each place. */
  loadEach(places: readonly Place[]): VectorValue {
    const { f, lanes } = this;
    const [first] = places as [Place];
    if (first.dtype === "bool") {
      let bytes: Vector = f.keep(f.v128.load8_splat(first.pointer, { offset: first.offset }));
      places.forEach(({ pointer, offset }, lane) => {
        if (lane > 0) bytes = f.keep(f.v128.load8_lane(lane, pointer, bytes, { offset }));
      });
      const mask = f.keep(f.i8x16.ne(bytes, 0));
      return f.i8x16.shuffle(
        spread(lanes, (lane) => lane),
        mask,
        mask,
      );
    }
    const wide = first.dtype === "f64";
    let x: Vector = f.keep(
      f.v128[wide ? "load64_splat" : "load32_splat"](first.pointer, { offset: first.offset }),
    );
    places.forEach(({ pointer, offset }, lane) => {
      if (lane > 0)
        x = f.keep(
          wide
            ? f.v128.load64_lane(lane, pointer, x, { offset })
            : f.v128.load32_lane(lane, pointer, x, { offset }),
        );
    });
    return f.get(x);
  }

  /** Neighbouring elements, beginning at the address of a lane. */
  #loadAll(place: Place, lane: number): VectorValue {
    const whole = place.dtype === "f64" || this.lanes === 4;
    return this.f.v128[whole ? "load" : "load64_zero"](...this.#address(place, lane));
  }

  #loadMask(place: Place, count: number): VectorValue {
    const { f, lanes } = this;
    const { stride } = place;
    if (stride === 0 || count === 1) return f.i8x16.ne(f.v128.load8_splat(...this.#address(place, 0)), 0);
    const bytes = lanes === 2 ? 16 : 32;
    if (count === lanes && Math.abs(stride) === 1) {
      const x = f.keep(
        f.i8x16.ne(f.v128[`load${bytes}_splat`](...this.#address(place, stride > 0 ? 0 : count - 1)), 0),
      );
      return f.i8x16.shuffle(
        spread(lanes, (lane) => (stride > 0 ? lane : count - 1 - lane)),
        x,
        x,
      );
    }
    let x: Vector = f.keep(f.v128.load8_splat(...this.#address(place, 0)));
    for (let lane = 1; lane < count; lane++) {
      const [pointer, memory] = this.#address(place, lane);
      x = f.keep(f.v128.load8_lane(lane, pointer, x, memory));
    }
    const mask = f.keep(f.i8x16.ne(x, 0));
    return f.i8x16.shuffle(
      spread(lanes, (lane) => lane),
      mask,
      mask,
    );
  }

  store(place: Place, x: Vector, count: number): void {
    const { f, lanes } = this;
    const { dtype } = place;
    const near = place.stride === 1 && count > 1;
    if (dtype === "bool") this.#storeMask(place, x, count);
    else if (near && count === lanes && (dtype === "f64" || lanes === 4))
      f.v128.store(place.pointer, x, { offset: place.offset });
    else {
      const pair = near && dtype !== "f64";
      if (pair) this.#storeLane(place, 0, x, 64, 0);
      for (let lane = pair ? 2 : 0; lane < count; lane++)
        this.#storeLane(place, lane, x, dtype === "f64" ? 64 : 32, lane);
    }
  }

  #storeMask(place: Place, mask: Vector, count: number): void {
    const { f, lanes } = this;
    const width = 16 / lanes;
    const packed = range(16, (i) => (i * width) % 16);
    const x = f.keep(f.v128.and(f.i8x16.shuffle(packed, mask, mask), f.i8x16.const(1)));
    if (place.stride === 1 && count === lanes) this.#storeLane(place, 0, x, (8 * lanes) as Byte, 0);
    else for (let lane = 0; lane < count; lane++) this.#storeLane(place, lane, x, 8, lane);
  }

  /** Stores `bits` bits at the address of `lane`: those with the number `from`. */
  #storeLane(place: Place, lane: number, x: Vector, bits: Byte, from: number): void {
    const [pointer, memory] = this.#address(place, lane);
    this.f.v128[`store${bits}_lane`](from, pointer, x, memory);
  }
}
