import type { DType } from "../dtype.ts";
import type { IndexCheck } from "../graph/index-check.ts";
import type { KernelRule } from "../graph/kernel-rule.ts";
import type { Node, TensorType } from "../graph/tensor.ts";
import type { Shape } from "../shape.ts";

/** A piece of memory that holds elements of one dtype. */
export interface Buffer {
  readonly id: number;
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  /** `arena`: lives while a call needs it; others live as long as their owner. */
  readonly home: "arena" | "parameter" | "constant" | "input" | "output";
  /** The tensor it was made for, as messages name it. */
  readonly label: string;
  /** What every element is, where that is known. */
  readonly literal?: number;
}

/**
 * The step that a loop is at: counts 0 … length - 1, downwards in a loop that runs backwards; with a `range`, only some
 * of these.
 */
export interface LoopCounter {
  readonly id: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly range?: StepRange;
}

/**
 * Which steps of a loop run, known when it begins: those `before` `n = min(max(⌈(count - skip) / per⌉, 0), most)`, the one
 * `at` it, or those `behind` it, up to the next multiple of `until` where that is given.
 */
export interface StepRange {
  /** A single `i32`. */
  readonly count: View;
  readonly skip: number;
  readonly per: number;
  readonly most: number;
  readonly steps: "before" | "at" | "behind";
  readonly until?: number;
}

/**
 * What a loop adds to an address: `stride · t` elements, or, for a pair of rows that take turns,
 * `stride · ((t + phase) mod 2)`.
 */
export interface Advance {
  readonly counter: LoopCounter;
  readonly stride: number;
  readonly alternate?: 0 | 1;
}

/** Elements of a buffer in the order of a shape. The address is a constant, but for what loops add. */
export interface View {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly advances: readonly Advance[];
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/**
 * An element of a row that an index chooses: `table` has stride 0 along the axes that the index depends on. The index
 * has been checked; negative ones count from the end of `rows` rows, which are `stride` elements apart.
 */
export interface Lookup {
  readonly kind: "lookup";
  readonly table: View;
  readonly index: Expression;
  readonly rows: number;
  readonly stride: number;
  /** Every element that may be read. */
  readonly whole: View;
}

/** The value of one element. Parts that are the same object are computed once. */
export type Expression =
  | { readonly kind: "load"; readonly view: View }
  | Lookup
  | { readonly kind: "constant"; readonly value: number; readonly dtype: DType }
  | {
      readonly kind: "apply";
      readonly rule: Extract<KernelRule<unknown>, { kind: "map" }>;
      /** One plain step of arithmetic, sooner computed again than read from memory. */
      readonly cheap: boolean;
      readonly attributes: unknown;
      readonly operands: readonly Expression[];
      readonly type: TensorType;
    };

/** Where an expression's values go. */
export interface Store {
  readonly view: View;
  readonly value: Expression;
}

/** Every view of a map has the map's shape. Elements are independent; a store may overwrite what is loaded at its place. */
export interface MapKernel {
  readonly kind: "map";
  readonly shape: Shape;
  readonly stores: readonly Store[];
  readonly nodes: readonly Node[];
}

/** Loads have the shape `[...kept, ...reduced]`, the store has the shape `[...kept]`. No axis of `reduced` is empty for `max`, `min` and positions. */
export interface ReduceKernel {
  readonly kind: "reduce";
  readonly combine: "sum" | "max" | "min" | "argmax" | "argmin";
  readonly kept: Shape;
  readonly reduced: Shape;
  readonly value: Expression;
  readonly store: View;
  readonly nodes: readonly Node[];
}

/**
 * `c = a b`, or `c += a b` where it `adds`: `a [...batch, m, k]`, `b [...batch, k, n]`, `c [...batch, m, n]`. `packed` holds
 * `b` as the product reads it fastest, `[...batch, 1, elements]`.
 */
export interface ProductKernel {
  readonly kind: "product";
  readonly a: View;
  readonly b: View;
  readonly c: View;
  readonly packed?: View;
  readonly adds?: boolean;
  readonly nodes: readonly Node[];
}

/** Puts the right factor of products in the order that they read it fastest. */
export interface PackKernel {
  readonly kind: "pack";
  readonly product: ProductKernel;
  readonly source: View;
  readonly target: View;
  readonly nodes: readonly Node[];
}

/** `result[i, ...] = table[indices[i], ...]`: table `[n, ...s]`, indices `[i]`, result `[i, ...s]`. `check` says which indices there are. */
export interface GatherKernel {
  readonly kind: "gather";
  readonly check: IndexCheck;
  readonly table: View;
  readonly indices: View;
  readonly result: View;
  readonly nodes: readonly Node[];
}

/** `target[indices[i], ...] += updates[i, ...]`; the target holds what is added to already. */
export interface ScatterKernel {
  readonly kind: "scatterAdd";
  readonly check: IndexCheck;
  readonly target: View;
  readonly indices: View;
  readonly updates: View;
  readonly nodes: readonly Node[];
}

/** A box of `whole` that begins at `starts`, moved inside where it sticks out: copied out of it to `part`, or `part` copied into it. */
export interface BoxKernel {
  readonly kind: "box";
  readonly direction: "out" | "in";
  readonly whole: View;
  readonly starts: View;
  readonly part: View;
  readonly nodes: readonly Node[];
}

/** `target[...] += source[...]`, one element after another: views of one shape, the target's may name a place repeatedly. */
export interface OverlapKernel {
  readonly kind: "overlap";
  readonly target: View;
  readonly source: View;
  readonly nodes: readonly Node[];
}

/** Running sums of `source` along an axis. */
export interface CumulativeKernel {
  readonly kind: "cumulative";
  readonly source: View;
  readonly result: View;
  readonly axis: number;
  readonly nodes: readonly Node[];
}

/** The places of the elements of `source` along an axis, in their order; equal ones keep it, NaN is largest. */
export interface SortKernel {
  readonly kind: "sort";
  readonly source: View;
  readonly result: View;
  readonly ordering: { readonly axis: number; readonly descending: boolean };
  readonly nodes: readonly Node[];
}

/** Stops the call where an element is NaN or infinite, unless one of other views has such an element already. */
export interface WatchKernel {
  readonly kind: "watch";
  readonly view: View;
  readonly unless: readonly View[];
  readonly nodes: readonly Node[];
}

/**
 * Which steps a loop makes that does not make all, counted in the order it makes them: `length` of them from step `from` on,
 * or, inside of the k-th step of another loop, from `from + k · length` on. Those that it does not have are left out.
 */
export interface StepPart {
  readonly from: number;
  readonly length: number;
  readonly of?: LoopCounter;
}

/** The kernels of a body, once per step. */
export interface LoopKernel {
  readonly kind: "loop";
  readonly counter: LoopCounter;
  readonly part?: StepPart;
  readonly body: Kernel[];
  readonly nodes: readonly Node[];
}

/** Work without a branch of its own: everything but loops. */
export type PlainKernel =
  | MapKernel
  | ReduceKernel
  | ProductKernel
  | PackKernel
  | GatherKernel
  | ScatterKernel
  | BoxKernel
  | OverlapKernel
  | CumulativeKernel
  | SortKernel
  | WatchKernel;

export type Kernel = PlainKernel | LoopKernel;
