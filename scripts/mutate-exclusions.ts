/** Mutants that mean the same as the source, each with the reason. One that matches no mutant, or several, fails the run. */
export interface Exclusion {
  readonly file: string;
  /** The line that the mutant makes of a line, trimmed. */
  readonly becomes: string;
  /** The line that it was, where others become the same. */
  readonly line?: string;
  readonly reason: string;
}

/** Several mutants for one reason: what lines become, or pairs of what they were and become. */
const equivalent = (
  file: string,
  reason: string,
  ...lines: (string | readonly [line: string, becomes: string])[]
): Exclusion[] =>
  lines.map((entry) =>
    typeof entry === "string"
      ? { file, reason, becomes: entry }
      : { file, reason, line: entry[0], becomes: entry[1] },
  );

export const exclusions: readonly Exclusion[] = [
  ...equivalent(
    "functions/determinant.ts",
    "the matrix is square",
    "mul(reshape(g, [-1, 1, 1]), solveWith(a, factors, broadcastTo(eye(a.shape[2]!, a.dtype), a.shape), true));",
  ),
  ...equivalent("functions/eigh.ts", "the matrix is square", "const n = V!.shape[2]!;"),
  ...equivalent(
    "functions/eigh.ts",
    "the product with the identity is the same diagonal, rows or columns",
    "const inner = add(turning, mul(expandDims(gValues!, 1), eye(n, V!.dtype)));",
    "const inner = add(turning, mul(expandDims(gValues!, -2), eye(n, V!.dtype)));",
  ),
  ...equivalent(
    "functions/jacobi.ts",
    "-1 stands for the length that is left, which is 1; the last axis of two is axis 1",
    "const gap = sub(reshape(x, [batch, -1, n]), reshape(x, [batch, n, 1]));",
    "const gap = sub(reshape(x, [batch, 1, n]), reshape(x, [batch, n, -1]));",
    "const rounding = mul(n * epsilonOf(x.dtype), max(abs(x), { axis: -1 }));",
    "return inverseOr0(gap, reshape(rounding, [batch, -1, 1]));",
    "return inverseOr0(gap, reshape(rounding, [batch, 1, -1]));",
  ),
  ...equivalent(
    "functions/jacobi.ts",
    "stands in for a divisor whose quotient is not chosen",
    "return where(none, 0, div(1, where(none, 2, x)));",
    "return where(none, 0, div(1, where(none, -1, x)));",
  ),
  ...equivalent(
    "functions/matrices.ts",
    "a diagonal matrix has the same sums of rows and of columns",
    'export const diagonal = (x: Tensor): Tensor => sum(triangle(triangle(x, "lower"), "upper"), { axis: 1 });',
    'export const diagonal = (x: Tensor): Tensor => sum(triangle(triangle(x, "lower"), "upper"), { axis: -2 });',
  ),
  ...equivalent("functions/several-results.ts", "the last axis of two is axis 1", "{ axis: -1 },"),
  ...equivalent(
    "functions/svd.ts",
    "the product with the identity is the same diagonal, rows or columns",
    "const inner = matmul(U!, add(mul(0.5, turning), mul(expandDims(gs!, 1), eye(n, s!.dtype))));",
    "const inner = matmul(U!, add(mul(0.5, turning), mul(expandDims(gs!, -2), eye(n, s!.dtype))));",
  ),
  ...equivalent(
    "functions/svd.ts",
    "nothing is outside of the columns of a square U; leaving early saves its products",
    "if (false) return matmul(inner, Vt);",
  ),
  ...equivalent(
    "ops/arc-tangent.ts",
    "stands in at the origin, where 0 is divided by it and the scale is ∞",
    "const size = where(equal(larger, 0), 2, larger);",
    "const size = where(equal(larger, 0), -1, larger);",
  ),
  ...equivalent(
    "ops/broadcast.ts",
    "a sum over an axis of length 1 changes no value, and the reshape after it restores the shape",
    ".filter((axis) => axis < lead || (shape[axis - lead] === 1));",
    ".filter((axis) => axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== -1));",
    ".filter((axis) => axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 2));",
  ),
  ...equivalent(
    "ops/comparison.ts",
    "y is the larger of a and b: y > b where a > b, and a < y where a < b; a tie counts where a ≤ b, and there y = b",
    "vjp: (g, _, [a, b]) => [shared(g, greater(_, b), equal(a, b)), shared(g, less(a, b), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, greater(a, b), equal(a, _)), shared(g, less(a, b), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, greater(a, b), equal(a, b)), shared(g, less(a, _), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, greater(a, b), equal(a, b)), shared(g, less(a, b), equal(_, b))],",
  ),
  ...equivalent(
    "ops/comparison.ts",
    "y is the smaller of a and b: the same the other way round",
    "vjp: (g, _, [a, b]) => [shared(g, less(_, b), equal(a, b)), shared(g, greater(a, b), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, less(a, b), equal(a, _)), shared(g, greater(a, b), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, less(a, b), equal(a, b)), shared(g, greater(a, _), equal(a, b))],",
    "vjp: (g, _, [a, b]) => [shared(g, less(a, b), equal(a, b)), shared(g, greater(a, b), equal(_, b))],",
  ),
  ...equivalent(
    "ops/dynamic-slice.ts",
    "the box is whole along the axis of examples, so that any start is moved to 0 there",
    ": apply(dynamicSliceOp, [x, concat([[1], starts])], { sizes: [size, ...sizes] }),",
    "return apply(dynamicUpdateSliceOp, [target, box, concat([[1], starts])]);",
  ),
  ...equivalent(
    "ops/exponential.ts",
    "stands in where a = b = 0 and the slope is not used: any exponent of which the power is smooth at 0 will do",
    "const slope = mul(b, pow(a, where(lost, 2, sub(b, 1))));",
  ),
  ...equivalent(
    "ops/exponential.ts",
    "stands in where a = 0 and the growth is not used: any base that has a logarithm will do",
    "const growth = mul(y, log(where(zero, 2, a)));",
  ),
  ...equivalent(
    "ops/matmul.ts",
    "the length that is left, and the place before the last of three, are those that were named",
    "if (n === 1) return reshape(matmul(reshape(b, [size, k]), flipLast(a)), [size, m, -1]);",
    "return moveAxis(reshape(matmul(a, reshape(moveAxis(b, 0, -1), [k, size * n])), [m, size, n]), 1, 0);",
  ),
  ...equivalent(
    "ops/piecewise.ts",
    "y = |x| is 0 where x is",
    "vjp: (g, _, [x]) => [where(equal(_, 0), 0, mul(g, sign(x)))],",
  ),
  ...equivalent(
    "ops/piecewise.ts",
    "y = max(x, 0) is above 0 where x is",
    "vjp: (g, _, [x]) => [where(greater(_, 0), g, 0)],",
  ),
  ...equivalent(
    "ops/reduction.ts",
    "equal and where broadcast by themselves",
    "const spread = (t: Tensor): Tensor => reshape(t, keeping(x.shape, axes));",
  ),
  ...equivalent(
    "ops/reduction.ts",
    "div meets g in the dtype of g",
    "const count = sum(chosen, { axis: axes });",
  ),
  ...equivalent(
    "autodiff/reverse.ts",
    "integers are refused twice: when a cotangent arrives, and when it is asked which operands need one",
    "if (!g) return;",
    "(wanted.has(input) || active.has(input.node));",
  ),
  ...equivalent(
    "autodiff/reverse.ts",
    "a cotangent that nothing active takes up is never read: only work is saved",
    "if (true) arrive(output, cotangents[i]);",
    "if (true) arrive(operand, gradients[i]);",
  ),
  ...equivalent("autodiff/reverse.ts", "a rule that receives no cotangent gives none: only work is saved", [
    "if (gs.every((g) => g === undefined)) continue;",
    "if (false) continue;",
  ]),
  ...equivalent(
    "autodiff/reverse.ts",
    "cotangents that have been passed on are never read again: only memory is freed",
    ["release(node, incoming, wanted);", ";"],
    ["node.results.forEach((_, i) => {", ";"],
    "if (false) incoming.delete(tensor);",
    "if (!wanted.has(tensor)) ;",
  ),
  ...equivalent(
    "batching/batch.ts",
    "a placeholder that is replaced has no operands that change",
    "ancestors(outputs, ({ id }) => id >= first),",
  ),
  ...equivalent(
    "loops/checkpoint.ts",
    "the reverse pass needs no gradient of integers",
    "const wanted = body.inputs.map((_, i) => i).filter((i) => needed[i]);",
  ),
  ...equivalent(
    "graph/op.ts",
    "an op of one result is pulled where that has a cotangent, and else passed over",
    'if (vjp === "none") return [];',
  ),
  ...equivalent("graph/op.ts", "null is no gradient either", "return gradients.map((gradient) => gradient);"),
  ...equivalent(
    "loops/cond.ts",
    "the first node is a placeholder that marks a place, and nobody uses it",
    "node.op === constantOp || (node.id >= first && node.op !== inputOp && node.op !== parameterOp);",
  ),
  ...equivalent(
    "loops/loop-batching.ts",
    "without examples no result has elements, whatever the number of steps",
    'size === 0 ? fill(1, { shape: [], dtype: "i32" }) : max(counts);',
  ),
  ...equivalent(
    "loops/loop-batching.ts",
    "what is stacked comes behind the carries, and only as many are read",
    "return { before, xs, after: outputs, ys: outputs.slice(carries) };",
    "after: outputs,",
  ),
  ...equivalent(
    "loops/loop-gradient.ts",
    "the gradients of live carries come first, and only as many are read",
    "const gCs = pulled;",
  ),
  ...equivalent(
    "loops/loop-gradient.ts",
    "a carry whose initial value needs a gradient varies from the start, also without being among these",
    "const outer = body.inputs.filter((_, i) => needed[i]);",
    "const outer = body.inputs.filter((_, i) => needed[i] && (i <= constants || i >= constants + carries));",
    "const outer = body.inputs.filter((_, i) => needed[i] && (i < constants || i >= constants - carries));",
  ),
  ...equivalent(
    "loops/loop-gradient.ts",
    "a carry whose final value has a cotangent is known from the start",
    "ancestors(body.outputs.filter((_, i) => known.has(i) || (gs[i] !== undefined))),",
  ),
];
