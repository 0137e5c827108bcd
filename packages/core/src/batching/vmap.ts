import { isTensor, type Tensors } from "../autodiff/gradient.ts";
import { GraphError, ShapeError } from "../errors.ts";
import { requireFunction } from "../given.ts";
import { placeholder } from "../graph/leaves.ts";
import { isBatched } from "../graph/op.ts";
import { Tensor } from "../graph/tensor.ts";
import { drawnOpen, widenOpen } from "../ops/open-dtype.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { moveAxis } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape } from "../shape.ts";
import { flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";
import { batchGraph, spread } from "./batch.ts";

/**
 * Where examples lie: along an axis (negative ones count from the end), or `null` for what is the same for all. A
 * structure says it for the parts of an argument, each for all that is below it.
 */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/** What `vmap` takes. */
export interface VmapOptions {
  /** One for all arguments, or an array with one for each. @default 0 */
  readonly inAxes?: Axes;
  /** Where examples lie in the results; `null` for a result that is the same for all. @default 0 */
  readonly outAxes?: Axes;
}

/** What a function of tensors takes where it is called: tensors or values, in its structures. */
type Given<Args extends readonly Tensors[]> = { [K in keyof Args]: Mapped<Args[K], Tensor, Operand> };

/**
 * A function of one example as a function of many: `vmap(f)(xs)[b] = f(xs[b])`, without a loop. `f` is drawn once, for one
 * example, and each op of what it draws computes all of them: elementwise functions have one more axis, products with
 * one matrix become one product, loops and checkpoints do each step for all examples, and what depends on no example is
 * computed once. The result is a graph like any other, so `vmap` goes with `grad`, `jvp`, `hvp`, `jacobian`, `scan` and
 * itself in any order. Tensors that `f` captures are the same for all examples.
 *
 * Random functions draw by their key: keys with an axis of examples draw for each what they draw alone; with one key for
 * all, examples get the same numbers.
 * Shapes:   arguments `[...s]` → those with an axis of examples, of one length; results likewise
 * Gradient: that of `f`, example by example
 * @throws ShapeError for an axis that is not there, or lengths that differ; GraphError where no argument has examples, or
 *   a result differs between examples that `outAxes` says is the same
 * Source: Bradbury et al. 2018, JAX, `vmap`
 * @example
 * const w = parameter("w", [1, 2]);
 * const loss = (x: Tensor, t: Tensor) => square(sub(dot(w, x), t));
 * const xs = [[1, 1], [2, 0], [0, 1]];
 * evaluate(vmap(loss)(xs, [0, 1, 2])); // → [9, 1, 0]
 * evaluate(vmap((x, t) => grad(loss(x, t), w))(xs, [0, 1, 2])); // → [[6, 6], [4, 0], [0, 0]]
 * evaluate(vmap(dot, { inAxes: [0, null] })(xs, [1, 10])); // → [11, 2, 10]
 */
export function vmap<Args extends readonly Tensors[] = readonly Tensor[], R extends Tensors = Tensor>(
  f: (...args: Args) => R,
  options?: VmapOptions,
): (...args: Given<Args>) => R;
/** Of a function that takes tensors or values, such as `square`. */
export function vmap<R extends Tensors>(
  f: (...args: readonly Operand[]) => R,
  options?: VmapOptions,
): (...args: readonly Operand[]) => R;
export function vmap<R extends Tensors>(
  f: (...args: never) => R,
  options: VmapOptions = {},
): (...args: readonly Structure<Operand>[]) => R {
  const { inAxes = 0, outAxes = 0 } = checkOptionNames("vmap", options, "inAxes outAxes");
  requireFunction("vmap", f);
  return (...args) => {
    const given = { ...args } as unknown as Structure<Operand>; // a list of numbers would be one operand
    const { leaves: plain, paths } = flatten<Operand>(given, isOperand, "vmap");
    const axes = placesOf("inAxes", inAxes, paths);
    const draw = (operands: readonly Tensor[]): R => {
      const along = operands.map((x, i) => axisOf(x, axes[i]!, argument(paths[i]!)));
      const size = sizeFor(operands, along, paths);
      const inside = operands.map((x, i) => {
        const axis = along[i]!;
        return axis === null ? x : placeholder({ shape: x.shape.toSpliced(axis, 1), dtype: x.dtype }, x.name);
      });
      const own = Object.values(withLeaves(given, isOperand, inside)) as never;
      const result = drawnOpen(plain, inside, () => f(...own));
      const { leaves, paths: places } = flatten<Tensor>(result, isTensor, "vmap");
      checkResults(leaves, places);
      const wider = widenOpen(plain, operands, inside, leaves);
      if (wider) return draw(wider);
      const replaced = new Map<Tensor, Tensor>();
      along.forEach((axis, i) => {
        if (axis !== null) replaced.set(inside[i]!, moveAxis(operands[i]!, axis, 0));
      });
      const outs = placesOf("outAxes", outAxes, places);
      const all = batchGraph(leaves, replaced, size).map((y, i) => {
        const name = `the result${places[i] ? ` ${places[i]}` : ""}`;
        return placed(y, leaves[i]!, outs[i]!, size, name);
      });
      return withLeaves<Tensor, Tensor>(result, isTensor, all) as R;
    };
    return draw(plain.map((x) => toTensor("vmap", x)));
  };
}

/** `0.h` as `argument 0.h`. */
const argument = (path: string): string => `argument ${path}`;

/** The axis of each leaf, where a structure of axes says one for all leaves below a path. */
function placesOf(option: string, axes: Axes, paths: readonly string[]): (number | null)[] {
  return paths.map((path) => {
    let at: Axes | undefined = axes;
    for (const key of path.match(/[^.[\]]+/g) ?? []) {
      if (at === null || typeof at !== "object") break;
      at = (at as Readonly<Record<string, Axes>>)[key];
    }
    if (at === null || (typeof at === "number" && Number.isInteger(at))) return at;
    const where = path ? ` at ${path}` : "";
    const received = at === undefined ? "nothing" : typeof at === "object" ? "a structure" : String(at);
    throw new GraphError({
      op: "vmap",
      problem: `${option}${where}: expected an axis or null, received ${received}`,
    });
  });
}

/** @throws ShapeError for an axis that is not there */
function axisOf(x: Tensor, axis: number | null, label: string): number | null {
  if (axis === null) return null;
  const rank = x.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at >= 0 && at < rank) return at;
  throw new ShapeError({
    op: "vmap",
    problem: `${label} ${showShape(x.shape)} has no axis ${axis} with examples`,
    operands: [{ label, shape: x.shape, dtype: x.dtype, name: x.name }],
    hint: "inAxes says which axis of each argument has the examples, null for one that is the same for all",
  });
}

/** How many examples there are. */
function sizeFor(
  operands: readonly Tensor[],
  along: readonly (number | null)[],
  paths: readonly string[],
): number {
  const found = operands.flatMap((x, i) => {
    const axis = along[i]!;
    return axis === null ? [] : [{ x, label: argument(paths[i]!), size: x.shape[axis]! }];
  });
  const [first] = found;
  if (!first) {
    const problem = "no argument has an axis of examples";
    throw new GraphError({ op: "vmap", problem, rule: "inAxes names an axis of at least one argument" });
  }
  if (found.every(({ size }) => size === first.size)) return first.size;
  const problem = `different numbers of examples: ${found.map(({ label, size }) => `${size} of ${label}`).join(", ")}`;
  const operandsOf = found.map(({ x, label }) => ({ label, shape: x.shape, dtype: x.dtype, name: x.name }));
  throw new ShapeError({ op: "vmap", problem, operands: operandsOf });
}

/** @throws GraphError for a result that is no tensor */
function checkResults(leaves: readonly unknown[], paths: readonly string[]): void {
  leaves.forEach((leaf, i) => {
    if (leaf instanceof Tensor) return;
    const problem = `the result${paths[i] ? ` ${paths[i]}` : ""}: expected a tensor, received ${leaf === null ? "null" : typeof leaf}`;
    throw new GraphError({ op: "vmap", problem });
  });
  if (leaves.length > 0) return;
  throw new GraphError({ op: "vmap", problem: "the function returns no tensor" });
}

/** A result with its examples along the axis that was asked for. */
function placed(y: Tensor, one: Tensor, axis: number | null, size: number, label: string): Tensor {
  const batched = isBatched(y, one);
  if (axis === null) {
    if (!batched) return y;
    const problem = `${label} differs from example to example, and outAxes says null: the same for all`;
    throw new GraphError({ op: "vmap", problem });
  }
  const all = batched ? y : spread(y, size);
  const rank = all.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (at >= 0 && at < rank) return moveAxis(all, 0, at);
  const problem = `${label} is ${showShape(all.shape)} with its examples, and has no axis ${axis} for them`;
  throw new ShapeError({ op: "vmap", problem });
}
