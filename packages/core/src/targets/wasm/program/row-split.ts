import { parts, usesPosition, viewsReplaced } from "../../../lower/expressions.ts";
import type {
  Buffer,
  Expression,
  Kernel,
  LoopCounter,
  LoopKernel,
  MapKernel,
  PlainKernel,
  ProductKernel,
  ReduceKernel,
  View,
} from "../../../lower/kernel.ts";
import { sizeOf } from "../../../shape.ts";

/** Which axis of a view are the rows; undefined where a view is read as a whole. */
type Rows = readonly (readonly [view: View, axis: number | undefined])[];

/** Which rows are left: `rows` of them from row `from` on, or, in step t of a counter, from row `from + t · rows`. */
export interface Cut {
  readonly rows: number;
  readonly from: number;
  readonly counter?: LoopCounter;
}

/**
 * Cuts the kernels of a loop down to some of `count` rows: the axis of the rows gets shorter, and the counter of the cut
 * moves the views along.
 *
 * A buffer that the loop writes to is an array `[…, count, stride]` for some stride, and every view of it has the rows
 * on the axis of that stride and stays inside of a row otherwise. Then no two shares touch the same element.
 */
export class RowSplit {
  readonly #written: ReadonlySet<Buffer>;
  readonly #count: number;
  readonly #rows: Cut;
  readonly #strides = new Map<Buffer, number>();

  constructor(written: ReadonlySet<Buffer>, count: number, cut: Cut) {
    this.#written = written;
    this.#count = count;
    this.#rows = cut;
  }

  /** The loop for these rows; undefined where rows depend on each other. */
  loop(kernel: LoopKernel): LoopKernel | undefined {
    const body: Kernel[] = [];
    for (const part of kernel.body) {
      const split = part.kind === "loop" ? this.loop(part) : this.plain(part);
      if (!split) return undefined;
      body.push(split);
    }
    return { ...kernel, body };
  }

  /** A kernel for these rows; undefined where they depend on each other. */
  plain(kernel: PlainKernel): PlainKernel | undefined {
    switch (kernel.kind) {
      case "map":
        return this.#map(kernel);
      case "reduce":
        return this.#reduce(kernel);
      case "product":
        return this.#product(kernel);
      case "gather": {
        const { indices, result } = kernel;
        const fits = this.#take([
          [kernel.table, undefined],
          [indices, 0],
          [result, 0],
        ]);
        return fits ? { ...kernel, indices: this.#cut(indices, 0), result: this.#cut(result, 0) } : undefined;
      }
      case "cumulative": {
        const { source, result } = kernel;
        const axis = source.shape.findIndex(
          (length, at) =>
            at !== kernel.axis &&
            length === this.#count &&
            this.#take([
              [source, at],
              [result, at],
            ]),
        );
        return axis < 0
          ? undefined
          : { ...kernel, source: this.#cut(source, axis), result: this.#cut(result, axis) };
      }
      default:
        return undefined;
    }
  }

  #map(kernel: MapKernel): MapKernel | undefined {
    const values = kernel.stores.map(({ value }) => value);
    if (usesPosition(values)) return undefined;
    const views = kernel.stores.map(({ view }) => view);
    const axis = this.#axis(kernel.shape, views, values);
    if (axis < 0) return undefined;
    const cut = this.#cutLoads(values, axis);
    const stores = kernel.stores.map(({ view }, i) => ({ view: this.#cut(view, axis), value: cut[i]! }));
    return { ...kernel, shape: this.#shorter(kernel.shape, axis), stores };
  }

  #reduce(kernel: ReduceKernel): ReduceKernel | undefined {
    if (usesPosition([kernel.value])) return undefined;
    const axis = this.#axis(kernel.kept, [kernel.store], [kernel.value]);
    if (axis < 0) return undefined;
    const [value] = this.#cutLoads([kernel.value], axis);
    const kept = this.#shorter(kernel.kept, axis);
    return { ...kernel, kept, value: value!, store: this.#cut(kernel.store, axis) };
  }

  #product(kernel: ProductKernel): ProductKernel | undefined {
    const { a, b, c } = kernel;
    const rows = c.shape.length - 2;
    for (let axis = rows; axis >= 0; axis--) {
      if (c.shape[axis] !== this.#count) continue;
      const ofB = axis === rows ? undefined : axis;
      const fits = this.#take([
        [a, axis],
        [b, ofB],
        [c, axis],
      ]);
      if (!fits) continue;
      const right = ofB === undefined ? b : this.#cut(b, axis);
      return { ...kernel, a: this.#cut(a, axis), b: right, c: this.#cut(c, axis) };
    }
    return undefined;
  }

  /** The first axis of as many rows along which views and what is computed into them may be cut; -1 for none. */
  #axis(shape: readonly number[], stores: readonly View[], values: readonly Expression[]): number {
    const every = parts(values);
    return shape.findIndex((length, axis) => {
      if (length !== this.#count) return false;
      const loads = every.flatMap((part): Rows => {
        if (part.kind === "lookup") return [[part.whole, undefined]];
        return part.kind === "load" ? [[part.view, axis]] : [];
      });
      return this.#take([...loads, ...stores.map((view) => [view, axis] as const)]);
    });
  }

  /** Whether all views may be cut; then the strides of their buffers' rows are settled. */
  #take(rows: Rows): boolean {
    const settled: (readonly [Buffer, number])[] = [];
    for (const [view, axis] of rows) {
      if (!this.#written.has(view.buffer) || sizeOf(view.shape) === 0) continue;
      if (axis === undefined || !this.#staysInRows(view, axis)) return false;
      settled.push([view.buffer, view.strides[axis]!]);
    }
    const strides = new Map(settled);
    if (settled.some(([buffer, stride]) => strides.get(buffer) !== stride)) return false;
    for (const [buffer, stride] of strides) this.#strides.set(buffer, stride);
    return true;
  }

  #staysInRows({ buffer, offset, advances, shape, strides }: View, axis: number): boolean {
    const stride = strides[axis]!;
    if (stride <= 0 || (this.#strides.get(buffer) ?? stride) !== stride) return false;
    const period = this.#count * stride;
    const inside = [
      ...shape.map((length, at) => (at === axis ? [0, 0] : [strides[at]!, length - 1])),
      ...advances.map(({ stride, counter, alternate }) => [
        stride,
        alternate === undefined ? counter.length - 1 : 1,
      ]),
    ].filter(([step, count]) => step! % period !== 0 && count! > 0);
    const reach = inside.reduce((sum, [step, count]) => sum + step! * count!, offset % period);
    return inside.every(([step]) => step! > 0) && reach < stride;
  }

  #cut(view: View, axis: number): View {
    const shape = this.#shorter(view.shape, axis);
    const { rows, from, counter } = this.#rows;
    const stride = view.strides[axis]!;
    if (stride === 0) return { ...view, shape };
    const advances = counter ? [...view.advances, { counter, stride: stride * rows }] : view.advances;
    return { ...view, shape, offset: view.offset + from * stride, advances };
  }

  #cutLoads(values: readonly Expression[], axis: number): Expression[] {
    return viewsReplaced(values, (view) => this.#cut(view, axis));
  }

  #shorter(shape: readonly number[], axis: number): number[] {
    return shape.map((length, at) => (at === axis ? this.#rows.rows : length));
  }
}
