import { isTensor, type Tensors } from "./autodiff/gradient.ts";
import { type CompileOptions, compile, type Executable } from "./compile.ts";
import { defaultDType } from "./default-dtype.ts";
import { GraphError } from "./errors.ts";
import type { Values } from "./evaluate.ts";
import { requireFunction } from "./given.ts";
import { input, Parameter, showType } from "./graph/leaves.ts";
import { Tensor, type TensorType } from "./graph/tensor.ts";
import { ancestors } from "./graph/walk.ts";
import { printedAs } from "./inspection.ts";
import { type ArrayValue, array, NDArray } from "./ndarray.ts";
import { widenOpen } from "./ops/open-dtype.ts";
import { isWeak, type Operand } from "./ops/operand.ts";
import { isOperand } from "./ops/promotion.ts";
import { checkOptionNames } from "./option-names.ts";
import { checkOptionValues } from "./option-values.ts";
import type { Report } from "./report.ts";
import { flatten, type Mapped, type Structure, withLeaves } from "./structure.ts";

/** What `jit` takes. */
export interface JitOptions
  extends Pick<CompileOptions<Inputs, Tensors>, "rewrites" | "checkNumerics" | "runtime"> {
  /** How many compiled forms are kept; the one that was called longest ago goes first. @default 16 */
  readonly keep?: number;
}

/** What a function of tensors takes where it is called: values, or parameters, in its structures. */
type Given<Args extends readonly Tensors[]> = {
  [K in keyof Args]: Mapped<Args[K], Tensor, ArrayValue | Parameter>;
};

/** A function that compiles itself. */
export interface Jitted<Args extends readonly Tensors[], Results extends Tensors> {
  (...args: Given<Args>): Values<Results>;
  /** One report for each form that is kept, the one called last at the end. */
  reports(): Report[];
  /** Gives the memory of all forms back; a later call compiles anew. */
  dispose(): void;
  [Symbol.dispose](): void;
}

type Inputs = Readonly<Record<string, Tensor>>;

/** One leaf of the arguments. */
interface Argument {
  readonly path: string;
  readonly given: Operand;
  readonly type: TensorType;
  /** What is fed; undefined for a parameter, which is used as it is. */
  readonly value: ArrayValue | undefined;
}

/** A function traced and compiled for one kind of arguments. */
interface Form {
  readonly run: Executable<Inputs, Tensors>;
  /** The arguments that the results depend on, by number. */
  readonly used: readonly number[];
}

/**
 * A function of tensors as a function of values: a call traces `f` with inputs of the shapes and dtypes it is given,
 * compiles the graph, and keeps what it compiled for the next call with the same ones. A new shape costs one compilation.
 *
 * Arguments are values, and arrays and records of values, as `f` takes tensors; plain numbers and nested arrays are
 * floats, as wide as what they meet. Parameters, as arguments or captured by `f`, have the value of the moment of the
 * call. `f` runs only to be traced: what it does besides, such as logging or counting, happens once for each form. For
 * steps that change parameters there is `compile` with `updates`.
 * Shapes: any; the structure of the results is that of `f`
 * @throws GraphError for a tensor as an argument (inside of a graph, call `f` itself), and what `f` and `compile` throw
 * @example
 * const length = jit((x: Tensor) => sqrt(sum(square(x))));
 * length([3, 4]).item(); // → 5
 * length([2, 3, 6]).item(); // → 7
 * length.reports().length; // → 2
 */
export function jit<
  Args extends readonly Tensors[] = readonly Tensor[],
  const Results extends Tensors = Tensor,
>(f: (...args: Args) => Results, options: JitOptions = {}): Jitted<Args, Results> {
  const { keep = 16, ...compiling } = checkOptionNames("jit", options, "keep rewrites checkNumerics runtime");
  checkOptionValues("jit", { keep: [keep, { text: "a whole number from 1 up", holds: isCount }] });
  requireFunction("jit", f);
  const forms = new Map<string, Form>();

  const formFor = (kind: string, make: () => Form): Form => {
    const form = forms.get(kind) ?? make();
    forms.delete(kind);
    forms.set(kind, form); // the order of a Map is that of its insertions: the last called comes last
    for (const [oldest, { run }] of forms) {
      if (forms.size <= keep) break;
      forms.delete(oldest);
      run.dispose();
    }
    return form;
  };

  const call = (...args: readonly Structure<Operand>[]): unknown => {
    const given = { ...args } as unknown as Structure<Operand>; // a list of numbers would be one operand
    const { leaves, paths } = flatten<Operand>(given, isOperand, "jit");
    const read = leaves.map((leaf, i) => readArgument(leaf, paths[i]!));
    const kind = [defaultDType(), args.length, ...read.map(kindOf)].join(" ");
    const { run, used } = formFor(kind, () => trace(f as never, given, read, compiling));
    return run(Object.fromEntries(used.map((i) => [paths[i]!, read[i]!.value!])));
  };

  const dispose = (): void => {
    for (const { run } of forms.values()) run.dispose();
    forms.clear();
  };
  const reports = (): Report[] => [...forms.values()].map(({ run }) => run.report());
  const jitted = Object.assign(call, { reports, dispose, [Symbol.dispose]: dispose });
  return printedAs(jitted, () => `Jitted { ${f.name || "function"}, ${forms.size} compiled }`) as never;
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1;

function readArgument(given: Operand, path: string): Argument {
  if (given instanceof Parameter) return { path, given, type: given, value: undefined };
  if (given instanceof Tensor) {
    const problem = `argument ${path}: expected a value, received a tensor`;
    throw new GraphError({ op: "jit", problem, hint: "inside of a graph, call the function itself" });
  }
  if (!isOperand(given)) {
    const received = given === null ? "null" : typeof given;
    throw new GraphError({ op: "jit", problem: `argument ${path}: expected a value, received ${received}` });
  }
  if (given instanceof NDArray) return { path, given, type: given, value: given };
  const value = array(given);
  return { path, given, type: value, value: isWeak(given) ? given : value }; // doubles of plain numbers are kept
}

/** What two calls share that can use the same form. */
const kindOf = ({ path, given, type }: Argument): string =>
  given instanceof Parameter
    ? `${path}: parameter ${given.node.id}`
    : `${path}: ${isWeak(given) ? "plain " : ""}${showType(type)}`;

/** Calls `f` with inputs of the types of the arguments, and compiles what it returns. */
function trace(
  f: (...args: readonly Tensors[]) => Tensors,
  structure: Structure<Operand>,
  args: readonly Argument[],
  options: Omit<JitOptions, "keep">,
): Form {
  const draw = (operands: readonly Tensor[]): Form => {
    const given = Object.values(withLeaves<Operand, Tensor>(structure, isOperand, operands)) as Tensors[];
    const outputs = f(...given);
    const results = flatten<Tensor>(outputs, isTensor, "jit");
    for (const [i, leaf] of results.leaves.entries()) requireTensor(leaf, results.paths[i]!);
    const wider = widenOpen(
      args.map(({ given }) => given),
      operands,
      operands,
      results.leaves,
    );
    if (wider)
      return draw(wider.map((tensor, i) => (tensor === operands[i] ? tensor : inputFor(args[i]!, "f64"))));
    const reached = new Set(ancestors(results.leaves));
    const used = operands.flatMap((tensor, i) =>
      reached.has(tensor.node) && args[i]!.value !== undefined ? [i] : [],
    );
    const inputs = Object.fromEntries(used.map((i) => [args[i]!.path, operands[i]!]));
    return { run: compile<Inputs, Tensors>({ ...options, inputs, outputs }), used };
  };
  return draw(args.map((argument) => inputFor(argument)));
}

const inputFor = ({ path, given, type }: Argument, dtype = type.dtype): Tensor =>
  given instanceof Parameter ? given : input(path, type.shape, dtype);

function requireTensor(leaf: unknown, path: string): void {
  if (leaf instanceof Tensor) return;
  const problem = `expected tensors as results, received ${leaf === null ? "null" : typeof leaf}${path && ` at ${path}`}`;
  throw new GraphError({ op: "jit", problem });
}
