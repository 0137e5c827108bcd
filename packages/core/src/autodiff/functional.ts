import { GraphError, ShapeError } from "../errors.ts";
import { requireFunction } from "../given.ts";
import { Node, Tensor } from "../graph/tensor.ts";
import { identityOp } from "../ops/control.ts";
import { describeAll } from "../ops/elementwise.ts";
import { drawnOpen, widenOpen } from "../ops/open-dtype.ts";
import { type Operand, toTensor } from "../ops/operand.ts";
import { fill, isOperand } from "../ops/promotion.ts";
import { checkOptionNames } from "../option-names.ts";
import { showShape } from "../shape.ts";
import { flatten, type Mapped, type Structure, withLeaves } from "../structure.ts";
import { type Gradients, isTensor, leavesOf, type Tensors } from "./gradient.ts";
import { pullback } from "./reverse.ts";

/** What a function of tensors takes where it is called: tensors or values, in its structures. */
type Given<Args extends readonly Tensors[]> = { [K in keyof Args]: Mapped<Args[K], Tensor, Operand> };

/** Which arguments a derivative is taken by: their place, or several. */
export interface WithRespectTo<Wrt> {
  /** @default 0 */
  readonly wrt?: Wrt;
}

type Place = number | readonly number[];

/** A gradient for each chosen argument. */
type GradientsAt<Args extends readonly Tensors[], Wrt> = Wrt extends readonly number[]
  ? { -readonly [I in keyof Wrt]: Gradients<Args[Wrt[I] & keyof Args]> }
  : Gradients<Args[Wrt & keyof Args]>;

/**
 * A function and its gradient in one: `valueAndGrad(f)(x)` is `[f(x), ∂f/∂x]`. See `gradOf`.
 * @throws ShapeError, DTypeError, GraphError as `gradOf` does
 * @example
 * const [value, gradient] = valueAndGrad((x) => sum(square(x)))([1, 2]);
 * evaluate(value); // → 5
 * evaluate(gradient); // → [2, 4]
 */
export function valueAndGrad<
  Args extends readonly Tensors[] = readonly Tensor[],
  const Wrt extends Place = 0,
>(
  f: (...args: Args) => Tensor,
  options: WithRespectTo<Wrt> = {},
): (...args: Given<Args>) => [value: Tensor, gradient: GradientsAt<Args, Wrt>] {
  const { wrt } = checkOptionNames("valueAndGrad", options, "wrt");
  requireFunction("valueAndGrad", f);
  return (...args) => differentiated("valueAndGrad", f as never, args as never, wrt ?? 0) as never;
}

/**
 * The gradient of a function: `gradOf(f)(x)` is `∂f/∂x`, as a graph. `f` is called with a new node in the place of the
 * argument, so that only what reaches `f` *through its argument* counts. `grad(f(x), x)` counts every use of `x`, one
 * that `f` has captured as well: take `grad` for the gradient of a loss that is built already, and `gradOf` where the
 * gradient is a step of something else that is made of the same tensors, as in a descent inside of a descent.
 *
 * Several arguments, and arrays and records of tensors, are taken as they come; the gradient is by the first argument,
 * or by those that `wrt` names. Of higher order by nesting: `gradOf((x) => sum(gradOf(f)(x)))`.
 * Shapes:   the structure and the shapes of the argument; `wrt: [0, 1]` gives one gradient for each
 * @throws ShapeError for a function whose result is not a scalar; DTypeError for integers and booleans; GraphError for an
 *   argument that is not there
 * @example
 * const s = parameter("s", 3);
 * const f = (x: Tensor) => mul(x, s);
 * evaluate(gradOf(f)(s)); // → 3
 * evaluate(grad(f(s), s)); // → 6
 * evaluate(gradOf((x) => gradOf((y) => pow(y, 3))(x))(2)); // → 12
 */
export function gradOf<Args extends readonly Tensors[] = readonly Tensor[], const Wrt extends Place = 0>(
  f: (...args: Args) => Tensor,
  options: WithRespectTo<Wrt> = {},
): (...args: Given<Args>) => GradientsAt<Args, Wrt> {
  const { wrt } = checkOptionNames("gradOf", options, "wrt");
  requireFunction("gradOf", f);
  return (...args) => differentiated("gradOf", f as never, args as never, wrt ?? 0)[1] as never;
}

function differentiated(
  op: string,
  f: (...args: readonly Tensors[]) => Tensor,
  args: readonly Structure<Operand>[],
  wrt: Place,
): [value: Tensor, gradient: Tensors] {
  const places = typeof wrt === "number" ? [wrt] : wrt;
  const missing = places.find((place) => !(place in args));
  if (missing !== undefined) {
    const problem = `wrt names argument ${missing}, and there are ${args.length}`;
    throw new GraphError({ op, problem });
  }
  const record = { ...args } as Readonly<Record<number, Structure<Operand>>>; // a list of numbers would be one operand
  const plain = flatten<Operand>(record, isOperand, op).leaves;
  const draw = (operands: readonly Tensor[]): [Tensor, Tensors] => {
    const inside = operands.map(fresh);
    const given = Object.values(withLeaves<Operand, Tensor>(record, isOperand, inside)) as Tensors[];
    const chosen = places.map((place) => leavesOf(op, given[place]!, `argument ${place}`));
    const y = requireScalar(
      op,
      drawnOpen(plain, inside, () => f(...given)),
    );
    const wider = widenOpen(plain, operands, inside, [y]);
    if (wider) return draw(wider);
    const gradients = pullback([y], [fill(1, y)], chosen.flat());
    let next = 0;
    const results = places.map((place, i) => {
      const leaves = chosen[i]!.map((leaf) => gradients[next++] ?? fill(0, leaf));
      return withLeaves<Tensor, Tensor>(given[place]!, isTensor, leaves);
    });
    return [y, typeof wrt === "number" ? results[0]! : results];
  };
  return draw(plain.map((x) => toTensor(op, x)));
}

/** The same value as another node, which nothing has captured. */
const fresh = (x: Tensor): Tensor =>
  new Node(identityOp, [x], undefined, [{ shape: x.shape, dtype: x.dtype }], x.name).result();

function requireScalar(op: string, y: unknown): Tensor {
  if (!(y instanceof Tensor)) {
    const problem = `expected a function whose result is a scalar tensor, received ${y === null ? "null" : typeof y}`;
    throw new GraphError({ op, problem });
  }
  leavesOf(op, y, "the result");
  if (y.shape.length === 0) return y;
  throw new ShapeError({
    op,
    problem: `expected a function whose result is a scalar, received ${showShape(y.shape)}`,
    operands: describeAll([y], ["result"]),
    hint: "mean or sum of the result is a scalar; vjp and jacobian take other shapes",
  });
}
