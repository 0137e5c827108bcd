import type { DType } from "../dtype.ts";
import { DTypeError, type OperandDescription, ShapeError } from "../errors.ts";
import type { Emitter, Scalar } from "../graph/kernel-rule.ts";
import { defineOp, type Op, type OpRecord } from "../graph/op.ts";
import type { Tensor, TensorType } from "../graph/tensor.ts";
import { emptyArray, type NDArray } from "../ndarray.ts";
import { sameShape } from "../shape.ts";

export type Unary = [x: Tensor];
export type Binary = [a: Tensor, b: Tensor];

/** The family of ops that compute each element from the elements at the same place. */
interface Elementwise<Operands extends readonly Tensor[]> {
  /** One element. */
  evaluate(...elements: number[]): number;
  /** The same for `i32`, where doubles would lose bits. */
  evaluateInteger?(...elements: number[]): number;
  /** The same as targets compute it, in every dtype taken. */
  emit(e: Emitter, ...elements: Scalar[]): Scalar;
  /** The dtypes taken; floats alone by default. */
  takes?: readonly DType[];
  /** The dtype of the result; that of the operands by default. */
  gives?: DType;
  vjp: OpRecord<Operands, undefined>["vjp"];
  /** The side that an element is on; derivatives hold while it stays the same. */
  decide?(...elements: number[]): number;
  cheap?: boolean;
}

export const floats: readonly DType[] = ["f32", "f64"];
export const numbers: readonly DType[] = ["f32", "f64", "i32"];

export const unaryOp = (name: string, family: Elementwise<Unary>): Op => elementwiseOp(name, ["x"], family);

export const binaryOp = (name: string, family: Elementwise<Binary>): Op =>
  elementwiseOp(name, ["a", "b"], family);

function elementwiseOp<Operands extends readonly Tensor[]>(
  name: string,
  labels: readonly string[],
  { evaluate, evaluateInteger, emit, takes = floats, gives, vjp, decide, cheap }: Elementwise<Operands>,
): Op {
  const rule = `${labels.map(() => "[...s]").join(", ")} → [...s]`;
  const type = (operands: Operands): TensorType => {
    checkAlike({ name, rule, labels, takes }, operands);
    const { shape, dtype } = operands[0]!;
    return { shape, dtype: gives ?? dtype };
  };
  return defineOp<Operands>({
    name,
    rule,
    vjp,
    batch: "together",
    type,
    cheap: cheap ?? false,
    evaluate: (values, _, type) =>
      mapElements(type.dtype === "i32" && evaluateInteger ? evaluateInteger : evaluate, values, type),
    kernel: { kind: "map", emit: (e, elements) => emit(e, ...elements) },
    ...(decide && {
      decide: (values: readonly NDArray[]) =>
        mapElements(decide, values, { shape: values[0]!.shape, dtype: "f64" }).data,
    }),
  });
}

/** `-x`, which is no function of targets where it wraps. */
export const negative = (e: Emitter, x: Scalar): Scalar =>
  x.dtype === "i32" ? e.combine("sub", e.constant(0, "i32"), x) : e.apply("neg", x);

/** `y[i] = f(a[i], b[i], …)`. */
export function mapElements(
  f: (...elements: number[]) => number,
  values: readonly NDArray[],
  type: TensorType,
): NDArray {
  const y = emptyArray(type.dtype, type.shape);
  const { data } = y;
  const [a, b, c] = values.map((value) => value.data);
  if (c) for (let i = 0; i < data.length; i++) data[i] = f(a![i]!, b![i]!, c[i]!);
  else if (b) for (let i = 0; i < data.length; i++) data[i] = f(a![i]!, b[i]!);
  else for (let i = 0; i < data.length; i++) data[i] = f(a![i]!);
  return y;
}

/** @throws DTypeError for booleans, which are counted after a `cast` and not added */
export function checkNumbers(op: Pick<Op, "name" | "rule">, x: Tensor, label = "x"): void {
  if (x.dtype !== "bool") return;
  const problem = `takes ${numbers.join(", ")}, received bool`;
  const operands = describeAll([x], [label]);
  throw new DTypeError({ op: op.name, problem, operands, rule: op.rule, hint: `cast(${label}, "i32")` });
}

interface Expectation {
  readonly name: string;
  readonly rule: string;
  readonly labels: readonly string[];
  readonly takes: readonly DType[];
}

/** @throws DTypeError, ShapeError where operands differ or have a dtype that is not taken */
export function checkAlike({ name, rule, labels, takes }: Expectation, operands: readonly Tensor[]): void {
  const described = describeAll(operands, labels);
  const [first] = operands;
  const refused = operands.find(({ dtype }) => !takes.includes(dtype));
  if (refused) {
    const problem = `takes ${takes.join(", ")}, received ${refused.dtype}`;
    throw new DTypeError({ op: name, problem, operands: described, rule });
  }
  if (operands.some(({ dtype }) => dtype !== first!.dtype)) {
    throw new DTypeError({ op: name, problem: "operands have different dtypes", operands: described, rule });
  }
  if (operands.some(({ shape }) => !sameShape(shape, first!.shape))) {
    throw new ShapeError({ op: name, problem: "operands have different shapes", operands: described, rule });
  }
}

/** The operands as an error lists them. */
export const describeAll = (operands: readonly Tensor[], labels: readonly string[]): OperandDescription[] =>
  operands.map(({ shape, dtype, name }, i) => ({ label: labels[i] ?? `operand ${i}`, shape, name, dtype }));
