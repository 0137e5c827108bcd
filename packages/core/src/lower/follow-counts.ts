import { sizeOf } from "../shape.ts";
import { accessesOf, everyKernel, ownReads } from "./accesses.ts";
import { parts, usesPosition, viewsReplaced } from "./expressions.ts";
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
  ScatterKernel,
  View,
} from "./kernel.ts";
import type { Pass, PassContext } from "./pass.ts";
import { filled } from "./scope.ts";
import { type Level, StepNeeds } from "./step-needs.ts";
import { behindCount, inBlocks, rowsAlong, rowsAt, type StepBlocks, type StepRows } from "./step-rows.ts";
import { isDense, sameView, wholeView } from "./view.ts";

/** Rows of a product of one block: few, and its result is read and written too often; many, and its last steps are in vain. */
const ROWS = 128;
/** Rows of a step where a loop has no products. */
const FEW_ROWS = 16;

/**
 * Work that stands before or behind a counted loop for all of its steps at once follows the count. What is computed for
 * the loop, row by row, ends where the loop does; sums and products over steps that hold zeros behind the count leave
 * these out; and histories have zeros there only where somebody reads them. Steps go in blocks, so that products stay
 * products of many rows.
 */
export const followCounts: Pass<"followCounts"> = {
  name: "followCounts",
  run: (kernels, context) => {
    const list = (each: readonly Kernel[], depth: number): Kernel[] => {
      const inner = each.map(
        (kernel): Kernel =>
          kernel.kind === "loop" ? { ...kernel, body: list(kernel.body, depth + 1) } : kernel,
      );
      return countsOf(inner).reduce((current, blocks) => {
        const count = { ...blocks, newCounter: context.newCounter };
        return new CountedSteps(current, count, depth, context).kernels();
      }, inner);
    };
    return list(kernels, 0);
  },
};

/** The counts of loops in a list, each with the blocks of its steps. */
function countsOf(kernels: readonly Kernel[]): Omit<StepBlocks, "newCounter">[] {
  const found: Omit<StepBlocks, "newCounter">[] = [];
  for (const kernel of kernels) {
    const range = kernel.kind === "loop" ? kernel.counter.range : undefined;
    if (range?.steps !== "before" || range.per !== 1 || found.some((each) => isOf(range, each))) continue;
    const { count, most } = range;
    const alike = kernels.flatMap((each) =>
      each.kind === "loop" && each.counter.range && isOf(each.counter.range, { count, length: most })
        ? everyKernel(each.body)
        : [],
    );
    const rows = alike.map((each) => (each.kind === "product" ? each.c.shape.at(-2)! : FEW_ROWS));
    const blocks = Math.floor(most / Math.ceil(ROWS / Math.max(1, ...rows)));
    found.push({ count, length: most, size: Math.ceil(most / Math.max(1, blocks)) });
  }
  return found;
}

const isOf = (
  range: { readonly count: View; readonly most: number },
  { count, length }: Pick<StepBlocks, "count" | "length">,
): boolean => range.most === length && sameView(range.count, count);

/** The kernels of a list, for one count of steps. */
class CountedSteps {
  readonly #kernels: readonly Kernel[];
  readonly #blocks: StepBlocks;
  readonly #context: PassContext;
  readonly #needs: StepNeeds;
  /** Steps that are zero behind the count. */
  readonly #zeros = new Map<Buffer, StepRows[]>();

  constructor(kernels: readonly Kernel[], blocks: StepBlocks, depth: number, context: PassContext) {
    const { kept, owners } = context;
    this.#kernels = kernels;
    this.#blocks = blocks;
    this.#context = context;
    this.#needs = new StepNeeds(
      (buffer) => buffer.home !== "arena" || kept.has(buffer) || (owners.get(buffer)?.length ?? 0) !== depth,
    );
  }

  kernels(): Kernel[] {
    for (const kernel of this.#kernels) this.#noteZeros(kernel);
    const result: Kernel[][] = [];
    for (const kernel of this.#kernels.toReversed()) {
      const mine = kernel.kind === "loop" && this.#isCounted(kernel.counter);
      if (mine) result.push(this.#loop(kernel));
      else result.push((kernel.kind !== "loop" && this.#plain(kernel)) || this.#whole(kernel));
    }
    return result.toReversed().flat();
  }

  #isCounted({ range }: LoopCounter): boolean {
    return range?.per === 1 && isOf(range, this.#blocks);
  }

  #noteZeros(kernel: Kernel): void {
    const note = (buffer: Buffer, rows: StepRows | undefined): void => {
      if (rows) this.#zeros.set(buffer, [...(this.#zeros.get(buffer) ?? []), rows]);
    };
    if (kernel.kind === "loop" && isClearing(kernel) && this.#isCounted(kernel.counter)) {
      const { view } = kernel.body[0].stores[0]!;
      if (isDense(view)) note(view.buffer, rowsAt(view, kernel.counter));
    }
    if (kernel.kind !== "product" || !isDense(kernel.c)) return;
    const axis = kernel.c.shape.length - 2;
    if (this.#isZero(kernel.a, axis)) note(kernel.c.buffer, rowsAlong(kernel.c, axis, this.#blocks.length));
  }

  /** Whether an axis of a view goes through all steps, and those behind the count are zero. */
  #isZero(view: View, axis: number): boolean {
    const rows = rowsAlong(view, axis, this.#blocks.length);
    const known = this.#zeros.get(view.buffer) ?? [];
    return known.some(
      (zeros) =>
        rows !== undefined &&
        zeros.stride === rows.stride &&
        zeros.base === rows.base &&
        zeros.low <= rows.low &&
        zeros.high >= rows.high,
    );
  }

  /** A kernel that stays as it is: it needs every step. */
  #whole(kernel: Kernel): Kernel[] {
    for (const { buffer } of accessesOf(kernel).reads) this.#needs.all(buffer);
    return [kernel];
  }

  #loop(kernel: LoopKernel): Kernel[] {
    const { counter } = kernel;
    const cleared = isClearing(kernel) ? this.#cleared(kernel) : undefined;
    if (cleared) return cleared;
    for (const { buffer } of ownReads(kernel)) this.#needs.all(buffer);
    const at = counter.range!.steps === "at";
    for (const view of everyKernel(kernel.body).flatMap(ownReads)) {
      const rows = rowsAt(view, counter);
      // The row of the count itself is the last one before those of a history that begins a row later.
      const last = at && rows ? { ...rows, base: rows.base + rows.stride } : rows;
      if (last) this.#needs.add(view.buffer, last, "run");
      else this.#needs.all(view.buffer);
    }
    return [kernel];
  }

  /** Zeros behind a history, as far as they are read. */
  #cleared({ counter, body, nodes }: ClearingLoop): Kernel[] | undefined {
    const { view } = body[0].stores[0]!;
    const rows = rowsAt(view, counter);
    const level = rows ? this.#needs.of(view.buffer, rows) : "all";
    this.#needs.all(counter.range!.count.buffer);
    if (level === "all") return undefined;
    this.#context.log.fire();
    return level === "block" ? [this.#clear(view, counter, "block", nodes)] : [];
  }

  #clear(view: View, at: LoopCounter, end: "block" | "all", nodes: Kernel["nodes"]): Kernel {
    return behindCount(this.#blocks, end, nodes, (counter) => {
      const advances = view.advances.map((each) => (each.counter === at ? { ...each, counter } : each));
      return filled({ ...view, advances }, 0, nodes);
    });
  }

  /** The kernel for the steps below the count; undefined where it has to do them all. */
  #plain(kernel: PlainKernel): Kernel[] | undefined {
    const { length, size } = this.#blocks;
    if (size >= length) return undefined;
    const found = this.#split(kernel);
    if (!found) return undefined;
    this.#context.log.fire();
    this.#needs.all(this.#blocks.count.buffer);
    return found;
  }

  #split(kernel: PlainKernel): Kernel[] | undefined {
    switch (kernel.kind) {
      case "map":
        return this.#map(kernel);
      case "reduce":
        return this.#reduce(kernel);
      case "product":
        return this.#productOfRows(kernel) ?? this.#productOverSteps(kernel);
      case "scatterAdd":
        return this.#rowsAdded(kernel);
      default:
        return undefined;
    }
  }

  /** What is needed of what a kernel writes along an axis, or `all`. */
  #needOf(view: View, axis: number): Level {
    const rows = rowsAlong(view, axis, this.#blocks.length);
    return rows ? this.#needs.of(view.buffer, rows) : "all";
  }

  /** Reads along an axis that goes through the steps. */
  #read(view: View, axis: number, level: "run" | "block"): void {
    if (view.strides[axis] === 0) this.#needs.all(view.buffer);
    else this.#needs.add(view.buffer, rowsAlong(view, axis, this.#blocks.length), level);
  }

  /** The axis along which each place of `stores` is a row of a step that nobody reads behind the count; -1 for none. */
  #axisOfSteps(shape: readonly number[], stores: readonly View[], values: readonly Expression[]): number {
    if (sizeOf(shape) === 0 || usesPosition(values)) return -1;
    return shape.findIndex(
      (each, axis) =>
        each % this.#blocks.length === 0 &&
        stores.every((view) => ["nothing", "run"].includes(this.#needOf(view, axis))),
    );
  }

  #readAll(values: readonly Expression[], axis: number): void {
    for (const part of parts(values)) {
      if (part.kind === "load") this.#read(part.view, axis, "run");
      else if (part.kind === "lookup") this.#needs.all(part.whole.buffer);
    }
  }

  #map(kernel: MapKernel): Kernel[] | undefined {
    const values = kernel.stores.map(({ value }) => value);
    const places = kernel.stores.map(({ view }) => view);
    const axis = this.#axisOfSteps(kernel.shape, places, values);
    if (axis < 0) return undefined;
    this.#readAll(values, axis);
    return inBlocks(this.#blocks, kernel.nodes, (cut) => {
      const inside = viewsReplaced(values, (view) => cut(view, axis));
      const stores = places.map((view, i) => ({ view: cut(view, axis), value: inside[i]! }));
      return [{ ...kernel, shape: stores[0]!.view.shape, stores }];
    });
  }

  #reduce(kernel: ReduceKernel): Kernel[] | undefined {
    const { kept, reduced, store, value, nodes } = kernel;
    const axis = sizeOf(reduced) === 0 ? -1 : this.#axisOfSteps(kept, [store], [value]);
    if (axis >= 0) {
      this.#readAll([value], axis);
      return inBlocks(this.#blocks, nodes, (cut) => {
        const [inside] = viewsReplaced([value], (view) => cut(view, axis));
        const place = cut(store, axis);
        return [{ ...kernel, kept: place.shape, value: inside!, store: place }];
      });
    }
    if (kernel.combine !== "sum" || value.kind !== "load" || sizeOf(kept) === 0) return undefined;
    const along = reduced.findIndex((_, at) => this.#isZero(value.view, kept.length + at));
    if (along < 0) return undefined;
    this.#read(value.view, kept.length + along, "block");
    const sum = wholeView(
      this.#context.newBuffer(store.buffer.dtype, sizeOf(kept), "a sum of some steps"),
      kept,
    );
    const steps = inBlocks(this.#blocks, nodes, (cut) => {
      const view = cut(value.view, kept.length + along);
      const some = view.shape.slice(kept.length);
      return [
        { ...kernel, reduced: some, value: { kind: "load", view }, store: sum },
        { kind: "overlap", target: store, source: sum, nodes },
      ];
    });
    return [...filled(store, 0, nodes), ...steps];
  }

  /** Rows of a product that nobody reads, or that are zero as those of its left factor are. */
  #productOfRows(kernel: ProductKernel): Kernel[] | undefined {
    const { a, b, c, nodes } = kernel;
    const rank = c.shape.length;
    for (let axis = rank - 2; axis >= 0; axis--) {
      const rows = rowsAlong(c, axis, this.#blocks.length);
      if (!rows || sizeOf(a.shape) === 0) continue;
      const level = this.#needs.of(c.buffer, rows);
      const clears = level === "block" || level === "all";
      if (clears && !this.#isZero(a, axis)) continue;
      this.#read(a, axis, "run");
      if (axis === rank - 2) this.#needs.all(b.buffer);
      else this.#read(b, axis, "run");
      const steps = inBlocks(this.#blocks, nodes, (cut) => [
        { ...kernel, a: cut(a, axis), b: axis === rank - 2 ? b : cut(b, axis), c: cut(c, axis) },
      ]);
      if (!clears) return steps;
      const zeros = behindCount(this.#blocks, level, nodes, (counter) => {
        const shape = c.shape.map((each, at) => (at === axis ? each / this.#blocks.length : each));
        return filled({ ...c, shape, advances: [{ counter, stride: rows.stride }] }, 0, nodes);
      });
      return [...steps, zeros];
    }
    return undefined;
  }

  /** `Σ_t a_t b_t` of factors that are zero behind the count. */
  #productOverSteps(kernel: ProductKernel): Kernel[] | undefined {
    const { a, b, c, nodes } = kernel;
    const [along, down] = [a.shape.length - 1, b.shape.length - 2];
    if (sizeOf(c.shape) === 0 || sizeOf(c.shape.slice(0, -2)) !== 1) return undefined;
    if (!this.#isZero(a, along) || !this.#isZero(b, down)) return undefined;
    this.#read(a, along, "block");
    this.#read(b, down, "block");
    const steps = inBlocks(this.#blocks, nodes, (cut) => [
      { ...kernel, a: cut(a, along), b: cut(b, down), adds: true },
    ]);
    return [...filled(c, 0, nodes), ...steps];
  }

  /** Rows that are added to a table, zeros behind the count. */
  #rowsAdded(kernel: ScatterKernel): Kernel[] | undefined {
    const { target, indices, updates, nodes } = kernel;
    if (sizeOf(updates.shape) === 0 || !this.#isZero(updates, 0)) return undefined;
    this.#read(updates, 0, "block");
    for (const { buffer } of [target, indices]) this.#needs.all(buffer);
    return inBlocks(this.#blocks, nodes, (cut) => [
      { ...kernel, indices: cut(indices, 0), updates: cut(updates, 0) },
    ]);
  }
}

/** A loop that writes zeros behind a history. */
type ClearingLoop = LoopKernel & { readonly body: readonly [MapKernel] };

function isClearing(kernel: LoopKernel): kernel is ClearingLoop {
  const [map] = kernel.body;
  if (kernel.counter.range?.steps !== "behind" || kernel.counter.range.until) return false;
  if (kernel.body.length !== 1 || map?.kind !== "map" || map.stores.length !== 1) return false;
  const { value } = map.stores[0]!;
  return value.kind === "constant" && value.value === 0;
}
