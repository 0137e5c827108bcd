import { isTensor, type Tensors } from "./autodiff/gradient.ts";
import { defaultRuntime } from "./create-runtime.ts";
import { byteWidth } from "./dtype.ts";
import { FeedError, GraphError } from "./errors.ts";
import type { Values } from "./evaluate.ts";
import { requireValues } from "./given.ts";
import { feed, inputOp, inputsAmong, Parameter, showType } from "./graph/leaves.ts";
import { checkRenewed } from "./graph/renewal.ts";
import { type Node, Tensor } from "./graph/tensor.ts";
import { ancestors } from "./graph/walk.ts";
import { printedAs, showEntries } from "./inspection.ts";
import { type ArrayValue, isWhole, NDArray } from "./ndarray.ts";
import { checkOptionNames } from "./option-names.ts";
import { finish, type Pieces } from "./pieces.ts";
import { type Profile, profileOf } from "./profile.ts";
import { type Report, showReport } from "./report.ts";
import { builder, targetsIn } from "./results.ts";
import { noRewrites, type RewriteOptions, type Rewritten, rewriteInPieces } from "./rewrite/pipeline.ts";
import type { Draft, Job, Prepared, Runtime, TargetRewrite } from "./runtime.ts";
import { sameShape, showShape, sizeOf } from "./shape.ts";
import { flatten } from "./structure.ts";

/** A parameter and its next value. */
export type Update = readonly [parameter: Parameter, value: Tensor];

type Inputs = Readonly<Record<string, Tensor>>;

/** What `compile` takes. */
export interface CompileOptions<I extends Inputs, O extends Tensors> {
  /** The inputs, under the keys that feeds use. Default: none. */
  readonly inputs?: I;
  /** What a call returns: a tensor, or arrays and records of tensors. Default: nothing. */
  readonly outputs?: O;
  /** Parameters that change, all together, after every output is computed. Default: none. */
  readonly updates?: readonly Update[];
  /** Rewrites to leave out, by name, such as `{ sinkProducts: false }`. Default: all run. */
  readonly rewrites?: RewriteOptions & { readonly [Name in TargetRewrite]?: boolean };
  /**
   * Stop at the first NaN or infinity, naming its node, source line and time step. Runs the graph as it was written,
   * without rewrites. Default false.
   */
  readonly checkNumerics?: boolean;
  /** Where to run. Default: one runtime shared by all. */
  readonly runtime?: Runtime;
}

/** A compiled piece of graph. A call takes one value per input and returns the outputs. */
export interface Executable<I extends Inputs, O> {
  (
    ...call: keyof I extends never
      ? [feeds?: Record<string, never>, options?: CallOptions<Values<O>>]
      : [feeds: { readonly [K in keyof I]: ArrayValue }, options?: CallOptions<Values<O>>]
  ): Values<O>;
  report(): Report;
  /** Makes calls for half a second, and says which layers, lines and kernels take how much of one. Parameters keep their values. */
  profile(
    ...feeds: keyof I extends never
      ? [feeds?: Record<string, never>]
      : [feeds: { readonly [K in keyof I]: ArrayValue }]
  ): Profile;
  /** Gives its memory back before the collector finds it; calls throw from now on. Parameters stay. */
  dispose(): void;
  [Symbol.dispose](): void;
}

export interface CallOptions<Results> {
  /** Arrays that the outputs are written into, in the structure of the outputs. Default: new arrays. */
  readonly into?: Results;
}

/**
 * Makes a graph ready to run again and again: outputs are computed, then parameters are updated together, so that
 * every update sees the old values. A call that throws changes nothing.
 * @throws GraphError for an input that is missing, unused names, a parameter updated twice or with another type, and for
 *   a layer in training whose key no input and no update changes, so that every step would draw the same;
 *   FeedError, when called, for a feed that is missing, unknown or does not fit; NumericError where numbers are watched
 * @example
 * const x = input("x", []);
 * const total = parameter("total", 0);
 * const step = compile({ inputs: { x }, outputs: { total }, updates: [[total, add(total, x)]] });
 * step({ x: 5 });
 * step({ x: 2 }).total.item(); // → 5
 * total.value.item(); // → 7
 */
export function compile<
  const I extends Inputs = Record<never, never>,
  const O extends Tensors = Record<never, never>,
>(options: CompileOptions<I, O>): Executable<I, O> {
  const request = checked("compile", options);
  const draft = draftOf(request);
  return executable(request, draft, request.runtime.prepare(draft));
}

/**
 * The same as `compile` for the main thread of a page: works in slices of some milliseconds, between which the page
 * draws and listens, and lets the engine compile beside it.
 * @throws what `compile` throws, as a rejection
 * @example
 * const x = input("x", [2]);
 * const double = await compileAsync({ inputs: { x }, outputs: add(x, x) });
 * double({ x: [1, 2] }); // → [2, 4]
 */
export async function compileAsync<
  const I extends Inputs = Record<never, never>,
  const O extends Tensors = Record<never, never>,
>(options: CompileOptions<I, O>): Promise<Executable<I, O>> {
  const request = checked("compileAsync", options);
  const draft = draftOf(request);
  return executable(request, draft, await request.runtime.prepareAsync(draft));
}

const REWRITES =
  "simplify hoistProducts sinkProducts commuteEmbedding mergeTerms mergeRows mergeProducts mergeHistories followCounts fuseMaps splitMaps recomputeResults delayMaps fuseReductions fuseLookups packFactors";

/** What is asked for, after all checks. */
interface Request<O extends Tensors> {
  readonly outputs: O;
  readonly leaves: readonly Tensor[];
  readonly updates: readonly Update[];
  /** Outputs, then next values of parameters. */
  readonly results: readonly Tensor[];
  readonly nodes: readonly Node[];
  readonly keys: readonly string[];
  readonly bound: readonly Tensor[];
  readonly rewrites: RewriteOptions;
  readonly disabled: ReadonlySet<string>;
  readonly checkNumerics: boolean;
  readonly runtime: Runtime;
}

function checked<I extends Inputs, O extends Tensors>(op: string, options: CompileOptions<I, O>): Request<O> {
  if ((options as unknown) instanceof Tensor) {
    const hint = `${op}({ inputs: { x }, outputs: { y } })`;
    throw new GraphError({ op, problem: "expected options as a record, received a tensor", hint });
  }
  checkOptionNames(op, options, "inputs outputs updates rewrites checkNumerics runtime");
  const { inputs = {} as I, outputs = {} as O, updates = [], rewrites = {} } = options;
  const { checkNumerics = false, runtime = defaultRuntime() } = options;
  checkOptionNames(op, rewrites, REWRITES);
  const { leaves } = flatten<Tensor>(outputs, isTensor, "compile");
  for (const leaf of leaves) {
    if (!(leaf instanceof Tensor))
      throw new GraphError({ op, problem: `outputs: expected tensors, received ${typeof leaf}` });
  }
  checkUpdates(op, updates);
  const results = [...leaves, ...updates.map(([, value]) => value)];
  const nodes = ancestors(results);
  if (updates.length > 0) checkRenewed(nodes, new Set(updates.map(([parameter]) => parameter)));
  const keys = checkInputs(op, inputs, inputsAmong(nodes));
  return {
    outputs,
    leaves,
    updates,
    results,
    nodes,
    keys,
    bound: keys.map((key) => inputs[key]!),
    rewrites: checkNumerics ? noRewrites : rewrites,
    disabled: new Set(Object.entries(rewrites).flatMap(([name, on]) => (on === false ? [name] : []))),
    checkNumerics,
    runtime,
  };
}

/** What is asked for, and what rewrites make of it: done once, when somebody wants it. */
function draftOf({
  bound,
  leaves,
  updates,
  results,
  rewrites,
  checkNumerics,
  disabled,
}: Request<Tensors>): Drafted {
  const jobOf = (roots: readonly Tensor[]): Job => ({
    inputs: bound,
    outputs: roots.slice(0, leaves.length),
    updates: updates.map(([parameter], i) => ({ parameter, value: roots[leaves.length + i]! })),
    checkNumerics,
    disabled,
  });
  let made: Rewritten | undefined;
  function* graph(): Pieces<Rewritten> {
    made ??= yield* rewriteInPieces(results, rewrites);
    return made;
  }
  return {
    drawn: jobOf(results),
    rewrites,
    graph: () => finish(graph()),
    *rewritten() {
      return jobOf((yield* graph()).roots);
    },
  };
}

interface Drafted extends Draft {
  graph(): Rewritten;
}

function executable<I extends Inputs, O extends Tensors>(
  { outputs, leaves, updates, nodes, keys, bound, runtime }: Request<O>,
  { graph }: Drafted,
  prepared: Prepared,
): Executable<I, O> {
  const build = builder(outputs, leaves);
  const fedValues = (feeds: Record<string, ArrayValue> = {}): NDArray[] => {
    requireValues("executable", feeds);
    for (const key of Object.keys(feeds)) if (!keys.includes(key)) refuseUnknown(key, keys);
    return keys.map((key, i) => fed(Object.hasOwn(feeds, key) ? feeds[key] : undefined, bound[i]!, key));
  };
  const run = (feeds?: Record<string, ArrayValue>, options?: CallOptions<Values<O>>): Values<O> => {
    const values = fedValues(feeds);
    if (options) checkOptionNames("executable", options, "into");
    const into = options?.into && targetsIn(options.into, outputs);
    return build(prepared.run(values, into)) as Values<O>;
  };
  const parameters = new Set(
    [...nodes.map((node) => node.result()), ...updates.map(([parameter]) => parameter)].filter(
      (tensor) => tensor instanceof Parameter,
    ),
  );
  const report = (): Report => {
    const rewritten = graph();
    const made: Report = {
      target: runtime.target,
      threads: runtime.threads,
      nodes: ancestors(rewritten.roots).length,
      ...prepared.report(),
      rewrites: { ...rewritten.reports, ...prepared.report().rewrites },
      parameterBytes: [...parameters].reduce(
        (bytes, { dtype, shape }) => bytes + byteWidth(dtype) * sizeOf(shape),
        0,
      ),
    };
    return printedAs(made, () => showReport(made));
  };
  const profile = (feeds?: Record<string, ArrayValue>): Profile =>
    profileOf(prepared.profile(fedValues(feeds)));
  const dispose = (): void => prepared.dispose();
  const made = Object.assign(run, { report, profile, dispose, [Symbol.dispose]: dispose });
  return printedAs(made, () => {
    const results = flatten<Tensor>(outputs, isTensor);
    const parts = [
      `inputs ${showTypes(keys, bound)}`,
      `outputs ${showTypes(results.paths, results.leaves)}`,
      ...(updates.length > 0
        ? [`updates ${showEntries(updates.map(([{ name }]) => name ?? "parameter"))}`]
        : []),
    ];
    return `Executable { ${parts.join(", ")} }`;
  }) as unknown as Executable<I, O>;
}

const showTypes = (names: readonly string[], tensors: readonly Tensor[]): string =>
  showEntries(
    tensors.map(({ dtype, shape }, i) => [names[i], dtype, showShape(shape)].filter(Boolean).join(" ")),
  );

/** A value of an input, as it is where it fits already. */
function fed(value: ArrayValue | undefined, expected: Tensor, key: string): NDArray {
  const same =
    value instanceof NDArray &&
    value.dtype === expected.dtype &&
    sameShape(value.shape, expected.shape) &&
    isWhole(value);
  return same ? value : feed(value, expected, key);
}

function checkUpdates(op: string, updates: readonly Update[]): void {
  const seen = new Set<Parameter>();
  const hint = "updates: [[parameter, next]]";
  if (!Array.isArray(updates)) throw new GraphError({ op, problem: "updates are a list of pairs", hint });
  for (const update of updates) {
    const [parameter, value] = Array.isArray(update) ? update : [];
    if (!(parameter instanceof Parameter) || !(value instanceof Tensor)) {
      throw new GraphError({ op, problem: "an update is a pair of a parameter and a tensor", hint });
    }
    const name = JSON.stringify(parameter.name);
    if (seen.has(parameter)) {
      const hint = "add the two changes into one update";
      throw new GraphError({ op, problem: `parameter ${name} is updated twice`, hint });
    }
    seen.add(parameter);
    if (parameter.dtype === value.dtype && sameShape(parameter.shape, value.shape)) continue;
    throw new GraphError({
      op,
      problem: `the update of ${name} is ${showType(value)}, the parameter ${showType(parameter)}`,
    });
  }
}

/** The keys of the inputs, after a check that nothing in the graph is left without one. */
function checkInputs(op: string, inputs: Inputs, used: ReadonlyMap<string, Tensor>): string[] {
  const given = new Set(Object.values(inputs));
  for (const [key, tensor] of Object.entries(inputs)) {
    if (tensor instanceof Tensor && tensor.op === inputOp) continue;
    throw new GraphError({
      op,
      problem: `inputs.${key} is not an input`,
      hint: "make it with input(name, shape)",
    });
  }
  if (given.size !== Object.keys(inputs).length) {
    throw new GraphError({ op, problem: "one input is given under two keys" });
  }
  for (const [name, tensor] of used) {
    if (given.has(tensor)) continue;
    throw new GraphError({
      op,
      problem: `input ${JSON.stringify(name)} is used but not among the inputs`,
      hint: `inputs: { ${name} }`,
    });
  }
  return Object.keys(inputs);
}

function refuseUnknown(unknown: string, keys: readonly string[]): never {
  throw new FeedError(
    unknown,
    `one of ${keys.join(", ") || "no inputs"}`,
    `a value for ${JSON.stringify(unknown)}`,
  );
}
