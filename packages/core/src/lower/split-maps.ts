import { addOp } from "../ops/arithmetic.ts";
import { readersOf, type Writes, writesOf } from "./changes.ts";
import { loadsOf, parts, usesPosition, viewsReplaced } from "./expressions.ts";
import type { Buffer, Expression, Kernel, MapKernel, Store, View } from "./kernel.ts";
import { type Pass, type PassContext, throughLoops } from "./pass.ts";
import { boxOf, mayOverlap, sameAdvances, stridesIn } from "./view.ts";

/** Steps of a part that are sooner computed again where they are read. */
const FEW_STEPS = 4;
/** Maps that one becomes, and the expressions of all of them. */
const MOST_PIECES = 32;
const MOST_EXPRESSIONS = 1000;

/**
 * A map that reads what was put together (concatenations, padded arrays and sums of these, which gradients of slices
 * are) becomes a map for each part, which reads what the part is made of: shifts in stencils and recurrences, and columns
 * of a matrix, cost no arrays of their own. What nobody reads any more is dropped with the rest (`dropDeadStores`).
 */
export const splitMaps: Pass<"splitMaps"> = {
  name: "splitMaps",
  run: (kernels, context) => throughLoops(kernels, (list) => split(list, context)),
};

/** A store of a map before the one that is looked at. */
interface Part {
  readonly at: number;
  readonly map: MapKernel;
  readonly store: Store;
}

function split(kernels: readonly Kernel[], { kept, log }: PassContext): Kernel[] {
  const known = partsOf(kernels, kept);
  if (known.size === 0) return [...kernels];
  const writes = writesOf(kernels);
  return kernels.flatMap((kernel, at): Kernel[] => {
    if (kernel.kind !== "map") return [kernel];
    const found = seams(kernel, at, known, writes);
    if (found.length === 0) return [kernel];
    const pieces = cut(kernel, found);
    const room = 1 + 2 * found.reduce((sum, { places }) => sum + places.length, 0);
    const size = parts(kernel.stores.map(({ value }) => value)).length;
    if (pieces.length > Math.min(room, MOST_PIECES) || pieces.length * size > MOST_EXPRESSIONS) {
      log.decline("too many parts");
      return [kernel];
    }
    log.fire();
    return pieces;
  });
}

/** The stores of maps into buffers that have several, and that nothing but maps of this list reads: else they are needed anyway. */
function partsOf(
  kernels: readonly Kernel[],
  kept: ReadonlySet<Buffer>,
): ReadonlyMap<Buffer, readonly Part[]> {
  const found = new Map<Buffer, Part[]>();
  kernels.forEach((map, at) => {
    if (map.kind !== "map") return;
    for (const store of map.stores) {
      const { buffer } = store.view;
      if (buffer.home !== "arena" || kept.has(buffer)) continue;
      const list = found.get(buffer);
      if (list) list.push({ at, map, store });
      else found.set(buffer, [{ at, map, store }]);
    }
  });
  const several = [...found].filter(([, { length }]) => length > 1);
  if (several.length === 0) return new Map();
  const readers = readersOf(kernels);
  return new Map(
    several.filter(([buffer]) => [...(readers.get(buffer) ?? [])].every((at) => kernels[at]!.kind === "map")),
  );
}

/** Where a part of what was put together lies in a load of it. */
interface Place {
  readonly part: Part;
  /** Its first elements and ends along each axis of the load. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** For axes of the part's map: the axis of the load beside it, if there is one, and the part's index where the load begins. */
  readonly axes: readonly {
    readonly own: number;
    readonly load: number | undefined;
    readonly first: number;
  }[];
}

/** A load of a map from what was put together, and the parts that it reads, in the order in which they are written. */
interface Seam {
  readonly view: View;
  readonly places: readonly Place[];
}

function seams(
  map: MapKernel,
  at: number,
  known: ReadonlyMap<Buffer, readonly Part[]>,
  writes: Writes,
): Seam[] {
  const values = map.stores.map(({ value }) => value);
  const loads = loadsOf(values).filter(({ buffer }) => known.has(buffer));
  if (loads.length === 0 || usesPosition(values)) return [];
  const lookedUp = new Set(parts(values).flatMap((part) => (part.kind === "lookup" ? [part.whole] : [])));
  return loads.flatMap((view) => {
    const all = known.get(view.buffer)!;
    const byMaps = writes.get(view.buffer)!.size === all.length && all.every((part) => part.at < at);
    if (!byMaps || lookedUp.has(view)) return [];
    const places = placesIn(view, all);
    return places?.every(({ part }) => canMove(part, map, at, writes)) ? [{ view, places }] : [];
  });
}

/** The parts that a view reads; undefined where one of them is no box of it. */
function placesIn(view: View, all: readonly Part[]): Place[] | undefined {
  const read = all.filter(({ store }) => mayOverlap(store.view, view));
  const views = [view, ...read.map(({ store }) => store.view)];
  if (!views.every(({ advances }) => sameAdvances(advances, view.advances))) return undefined;
  const grid = [...new Set(views.flatMap(stridesIn))].sort((a, b) => b - a);
  const [whole, ...boxes] = views.map((each) => boxOf(each, grid));
  if (!whole || !boxes.every((box) => box !== undefined)) return undefined;
  const axesOf = ({ shape, strides }: View): (number | undefined)[] =>
    grid.map((stride) => {
      const axis = strides.findIndex((each, i) => each === stride && shape[i]! > 1);
      return axis < 0 ? undefined : axis;
    });
  const mine = axesOf(view);
  return read.flatMap((part, i): Place[] => {
    const box = boxes[i]!;
    const from = view.shape.map(() => 0);
    const to = [...view.shape];
    for (let g = 0; g < grid.length; g++) {
      const begin = Math.max(whole[g]!.start, box[g]!.start) - whole[g]!.start;
      const end = Math.min(whole[g]!.end, box[g]!.end) - whole[g]!.start;
      if (begin >= end) return [];
      const axis = mine[g];
      if (axis === undefined) continue;
      from[axis] = begin;
      to[axis] = end;
    }
    const axes = axesOf(part.store.view).flatMap((own, g) =>
      own === undefined ? [] : [{ own, load: mine[g], first: whole[g]!.start - box[g]!.start }],
    );
    return [{ part, from, to, axes }];
  });
}

/** Whether what a part is made of can be read where the map is, and takes few steps. */
function canMove({ at: from, map, store }: Part, reader: MapKernel, at: number, writes: Writes): boolean {
  const all = parts([store.value]);
  const steps = all.filter((part) => part.kind === "apply");
  const light = steps.length <= FEW_STEPS && steps.every(({ cheap }) => cheap);
  if (!light || usesPosition([store.value]) || all.some(({ kind }) => kind === "lookup")) return false;
  // Nothing of it has changed by then, nor does a map change it that may be cut: a parameter's next value.
  return loadsOf([store.value]).every(
    (load) =>
      !writes.get(load.buffer)?.between(load, from, at) &&
      ![...map.stores, ...reader.stores].some(({ view }) => mayOverlap(view, load)),
  );
}

type Range = readonly [from: number, to: number];

/** The map, cut where parts of its loads begin and end. */
function cut(map: MapKernel, found: readonly Seam[]): MapKernel[] {
  let pieces: Range[][] = [[]];
  map.shape.forEach((length, axis) => {
    const places = new Set([0, length]);
    for (const seam of found) for (const { from, to } of seam.places) places.add(from[axis]!).add(to[axis]!);
    const ends = [...places].sort((a, b) => a - b);
    const along = ends.slice(1).map((end, i): Range => [ends[i]!, end]);
    pieces = pieces.flatMap((piece) => along.map((range) => [...piece, range]));
  });
  return pieces.map((piece) => pieceOf(map, piece, found));
}

function pieceOf(map: MapKernel, piece: readonly Range[], found: readonly Seam[]): MapKernel {
  const first = piece.map(([from]) => from);
  const shape = piece.map(([from, to]) => to - from);
  const within = (view: View): View => ({ ...view, offset: offsetAt(view, first), shape });
  const values = map.stores.map(({ value }) => value);
  const made = new Map<Expression, Expression>();
  for (const { view, places } of found) {
    // What is written later lies over what was there before, such as the middle of a padded array.
    const place = places.findLast(({ from, to }) =>
      piece.every(([begin, end], axis) => from[axis]! <= begin && end <= to[axis]!),
    );
    if (place) for (const load of loading(values, view)) made.set(load, readInPlace(place, first, shape));
  }
  const read = viewsReplaced(values, within, made);
  return {
    ...map,
    shape,
    stores: withoutZeros(read).map((value, i) => ({ view: within(map.stores[i]!.view), value })),
  };
}

/** Sums of padded arrays without what is 0 in this part: `0 + 0 = 0`, and `(y + 0) + 0 = y + 0`, with the sign of 0. */
function withoutZeros(values: readonly Expression[]): Expression[] {
  const made = new Map<Expression, Expression>();
  for (const part of parts(values)) {
    if (part.kind !== "apply") continue;
    const operands = part.operands.map((operand) => made.get(operand) ?? operand);
    const [a, b] = part.rule === addOp.kernel ? operands : [];
    if (a && b && isZero(b) && (isZero(a) || isSumWithZero(a))) made.set(part, a);
    else if (a && b && isZero(a) && isSumWithZero(b)) made.set(part, b);
    else if (operands.some((operand, i) => operand !== part.operands[i]))
      made.set(part, { ...part, operands });
  }
  return values.map((value) => made.get(value) ?? value);
}

const isZero = (value: Expression): boolean => value.kind === "constant" && Object.is(value.value, 0);

const isSumWithZero = (value: Expression): boolean =>
  value.kind === "apply" && value.rule === addOp.kernel && value.operands.some(isZero);

const offsetAt = ({ offset, strides }: View, index: readonly number[]): number =>
  index.reduce((sum, at, axis) => sum + at * strides[axis]!, offset);

const loading = (values: readonly Expression[], view: View): Expression[] =>
  parts(values).filter((part) => part.kind === "load" && part.view === view);

/** What a part is made of, in the order of the load that reads it from its place. */
function readInPlace({ part, axes }: Place, first: readonly number[], shape: readonly number[]): Expression {
  const seen = (view: View): View => {
    const strides = shape.map(() => 0);
    let { offset } = view;
    for (const { own, load, first: begin } of axes) {
      offset += (begin + (load === undefined ? 0 : first[load]!)) * view.strides[own]!;
      if (load !== undefined) strides[load] = view.strides[own]!;
    }
    return { ...view, offset, shape, strides };
  };
  return viewsReplaced([part.store.value], seen)[0]!;
}
