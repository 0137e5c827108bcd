import { promote } from "../dtype.ts";
import { DTypeError, GraphError, ShapeError } from "../errors.ts";
import { constantOp, inputOp, parameterOp, placeholder, showType } from "../graph/leaves.ts";
import { withScope } from "../graph/provenance.ts";
import type { Node, Tensor } from "../graph/tensor.ts";
import { ancestors, descendants, substitute } from "../graph/walk.ts";
import { cast } from "../ops/cast.ts";
import { logicalNot, where } from "../ops/comparison.ts";
import { isWeak, type Operand, strengthen, toTensor } from "../ops/operand.ts";
import { isOperand } from "../ops/promotion.ts";
import { reshape } from "../ops/reshape.ts";
import { sameShape, showShape } from "../shape.ts";
import { type Flat, flatten, type Mapped, withLeaves } from "../structure.ts";
import { makeLoop } from "./loop.ts";
import type { Operands } from "./scan-operands.ts";

/** What a branch returns, as tensors. */
type Chosen<Result> = Mapped<Result, Operand, Tensor>;

/**
 * One of two pieces of graph, chosen when it runs: `then` where `p` is true, `otherwise` else. The other one costs no
 * time, compiled and in loops too, and neither do gradients of it. Both are called to be drawn, with no arguments: they
 * use what they capture. `where` is for elements: it computes both sides, and a NaN or ∞ in the one that is not chosen
 * comes back in gradients as `0 · ∞`. `cond` never looks at the other side.
 *
 * Under `vmap` with a `p` for each example it is a choice of results: both branches run where examples differ, on the
 * captured values of an example that takes them.
 * Shapes:   `p []`; both branches return one structure, with the same shapes and dtypes; plain numbers follow the other branch
 * Gradient: that of the branch that is taken, 0 for what only the other one captures; of any order
 * @throws DTypeError for a `p` that is not bool, or branches of different dtypes; ShapeError for a `p` of several
 *   elements, or branches of different shapes; GraphError for branches of different structures
 * @example
 * const x = input("x", []);
 * const root = cond(greater(x, 0), () => sqrt(x), () => 0);
 * evaluate([root, grad(root, x)], { x: 4 }); // → [2, 0.25]
 * evaluate([root, grad(root, x)], { x: 0 }); // → [0, 0]
 */
export function cond<const Result extends Operands, const Other extends Operands = Result>(
  p: Operand,
  then: () => Result,
  otherwise: () => Other,
): Chosen<Result> {
  const condition = checkCondition(p);
  return withScope("cond", () => {
    const drawn = [drawBranch("then", then), drawBranch("otherwise", otherwise)] as const;
    const [yes, no] = alike(drawn);
    const ran = [
      withScope("then", () => runWhere(condition, drawn[0].first, yes)),
      withScope("otherwise", () => runWhere(logicalNot(condition), drawn[1].first, no)),
    ] as const;
    const chosen = ran[0].map((tensor, i) => where(condition, tensor, ran[1][i]!));
    return withLeaves<Operand, Tensor>(drawn[0].result, isOperand, chosen);
  }) as Chosen<Result>;
}

/** @throws DTypeError, ShapeError */
function checkCondition(p: Operand): Tensor {
  const tensor = toTensor("cond", p);
  const { shape, dtype, name } = tensor;
  const complaint = {
    op: "cond",
    operands: [{ label: "p", shape, dtype, name }],
    rule: "p bool [], and two functions",
  };
  if (dtype !== "bool") {
    const hint = "compare it: greater(p, 0), notEqual(p, 0)";
    throw new DTypeError({ ...complaint, problem: `p is bool, received ${dtype}`, hint });
  }
  if (shape.length === 0) return tensor;
  const hint = "where chooses elements, vmap makes one choice for each example";
  throw new ShapeError({ ...complaint, problem: `p is one truth, received ${showShape(shape)}`, hint });
}

interface Branch {
  /** Nodes from this one on are made by the branch. */
  readonly first: number;
  readonly result: Operands;
  readonly flat: Flat<Operand>;
}

function drawBranch(role: "then" | "otherwise", build: () => Operands): Branch {
  if (typeof build !== "function") {
    const problem = `${role}: expected a function without arguments, received ${build === null ? "null" : typeof build}`;
    throw new GraphError({ op: "cond", problem, hint: "cond(p, () => a, () => b)" });
  }
  const first = placeholder({ shape: [], dtype: "bool" }).node.id;
  const result = withScope(role, build);
  const flat = flatten<Operand>(result, isOperand, "cond");
  flat.leaves.forEach((leaf, i) => {
    if (isOperand(leaf)) return;
    const received = leaf === null ? "null" : typeof leaf;
    const problem = `${role}${at(flat.paths[i]!)}: expected a tensor or a value, received ${received}`;
    throw new GraphError({ op: "cond", problem });
  });
  return { first, result, flat };
}

const at = (path: string): string => (path ? ` ${path}` : "");

/** The results of both branches, pair by pair of one type. @throws GraphError, ShapeError, DTypeError where they differ */
function alike([then, otherwise]: readonly [Branch, Branch]): readonly [Tensor[], Tensor[]] {
  const [a, b] = [then.flat, otherwise.flat];
  if (a.paths.length !== b.paths.length || a.paths.some((path, i) => path !== b.paths[i])) {
    const list = ({ paths }: Flat<Operand>): string =>
      `{ ${paths.map((path) => path || "(tensor)").join(", ")} }`;
    const problem = `branches differ in structure: ${list(a)} and ${list(b)}`;
    throw new GraphError({ op: "cond", problem, rule: "both branches return the same structure" });
  }
  const pairs = a.leaves.map((one, i): readonly [Tensor, Tensor] => {
    const other = b.leaves[i]!;
    const [x, y] = sameWidth(one, other);
    const operands = [
      { label: `then${at(a.paths[i]!)}`, shape: x.shape, dtype: x.dtype, name: x.name },
      { label: `otherwise${at(a.paths[i]!)}`, shape: y.shape, dtype: y.dtype, name: y.name },
    ];
    const problem = `branches differ${at(a.paths[i]!) && ` at${at(a.paths[i]!)}`}: ${showType(x)} and ${showType(y)}`;
    const complaint = {
      op: "cond",
      problem,
      operands,
      rule: "both branches return the same shapes and dtypes",
    };
    if (!sameShape(x.shape, y.shape)) throw new ShapeError(complaint);
    if (x.dtype !== y.dtype) throw new DTypeError({ ...complaint, hint: `cast one of them to ${x.dtype}` });
    return [x, y];
  });
  return [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
}

/** Two results as tensors; a plain number has the dtype of what stands across from it. */
function sameWidth(one: Operand, other: Operand): readonly [Tensor, Tensor] {
  const [x, y] = [toTensor("cond", one), toTensor("cond", other)];
  if (isWeak(one) && isWeak(other)) {
    const dtype = promote(x.dtype, y.dtype);
    return [cast(x, dtype), cast(y, dtype)];
  }
  return [strengthen("cond", one, y.dtype), strengthen("cond", other, x.dtype)];
}

/**
 * The outputs of a branch, zeros where it does not run: a loop of one step or none. What the branch captures are its
 * xs, so that under `vmap` examples that do not take it show it what another one captured; and constants that it makes
 * more of than is done in passing, since what is made of nothing else would be done before the loop.
 */
function runWhere(condition: Tensor, first: number, outputs: readonly Tensor[]): Tensor[] {
  const own = (node: Node): boolean =>
    node.op === constantOp || (node.id > first && node.op !== inputOp && node.op !== parameterOp);
  const nodes = ancestors(outputs, own).filter(own);
  const outside = new Set(
    [...nodes.flatMap(({ inputs }) => inputs), ...outputs].filter(({ node }) => !own(node)),
  );
  const varying = descendants(nodes, outside);
  const fixed = nodes.filter((node) => !node.op.cheap && !varying.has(node)).map((node) => node.result(0));
  for (const { inputs } of ancestors(fixed)) {
    for (const input of inputs) if (input.node.op === constantOp) outside.add(input);
  }
  const captured = new Map([...outside].map((tensor) => [tensor, placeholder(tensor, tensor.name)]));
  const body = substitute(outputs, captured);
  const loop = makeLoop({
    carries: [],
    xs: [...captured].map(([tensor, x]) => ({ stacked: reshape(tensor, [1, ...tensor.shape]), x })),
    ys: body,
    length: 1,
    reverse: false,
    count: cast(condition, "i32"),
    unfilled: true,
    own: new Set(ancestors(body)),
  });
  return loop.ys.map((y, i) => reshape(y, outputs[i]!.shape));
}
