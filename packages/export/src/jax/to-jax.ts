import {
  checkOptionNames,
  GraphError,
  type NDArray,
  Parameter,
  saveTensors,
  type Tensor,
  type Update,
} from "@org/core";
import { ops, rewriteGraph } from "@org/core/ops";
import { type Minimization, splitUpdates } from "@org/optim";
import { gather, prefixed } from "../gather.ts";
import { dtypesOf, reachable } from "../reading.ts";
import { printFunction } from "./function.ts";
import { launcher } from "./launcher.ts";
import { printModule } from "./module.ts";

/** What is to be done in JAX. */
export interface JaxOptions {
  /** What every step is given, under the names that the program uses. Default: none. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /** What a step returns, besides gradients. Default: nothing. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
  /** What `minimize` gave: parameters and the optimizer's state change by it. Default: nothing is trained. */
  readonly updates?: Minimization;
  /** Other values that steps carry on, such as a cell's state between windows or a random key. Default: none. */
  readonly carried?: readonly Update[];
  /** Names of parameters that are not trained. Default: their own. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /**
   * The axis of each input and each carried value along which the batch lies: what machines divide among them. What is
   * not named here is the same on all. Default: none.
   */
  readonly batchAxis?: Readonly<Record<string, number>>;
  /** What the module is called: the name of its file without `.py`. Default: `model`. */
  readonly name?: string;
}

/** A program for JAX, its values, and a script that runs it on many machines. */
export interface JaxProgram {
  /** Python: `gradients(params, …)` and `update(gradients, params, state)`. */
  readonly module: string;
  /** The values of now, safetensors: `params.…`, `state.…`, `carried.…`, and constants that are long. */
  readonly weights: Uint8Array;
  /** Python: trains over all devices of all processes, a part of the batch on each. */
  readonly launcher: string;
}

/**
 * The graph as a readable Python module for JAX 0.6 and later, in two functions, between which machines take the mean of
 * their gradients: `gradients(params, carried, batch) → outputs, gradients, carried` and
 * `update(gradients, params, state) → params, state`. Loops are `lax.scan`, random numbers have the same bits.
 * Masks and means over labels that are left out differ between machines: let the loss be a sum, and divide by a count
 * that is an input, where that matters. Random keys among `carried` are folded with the machine's number.
 * @throws GraphError for a node that is no op of the library, names that are used twice, or an update that reads more
 *   than gradients
 * @example
 * import { minimize, sgd } from "@org/optim";
 * const x = input("x", [2]);
 * const w = parameter("w", [3, 4]);
 * const loss = sum(square(sub(mul(w, x), 1)));
 * const { module, weights } = toJax({ inputs: { x }, outputs: { loss }, updates: minimize(loss, { w }, sgd({ learningRate: 0.1 })) });
 * Object.keys(loadTensors(weights)); // → ["params.w"]
 * module.includes("def gradients(params, batch):"); // → true
 */
export function toJax(options: JaxOptions): JaxProgram {
  checkOptionNames("toJax", options, "inputs outputs updates carried parameters batchAxis name");
  const {
    inputs = {},
    outputs = {},
    updates,
    carried = [],
    parameters = {},
    batchAxis = {},
    name = "model",
  } = options;
  const split = updates && splitUpdates(updates);
  const gradients = split?.gradients ?? {};
  const trained = Object.keys(gradients);
  const state = updates?.state ?? {};
  const forward = rewritten([
    ...Object.values(outputs),
    ...Object.values(gradients),
    ...carried.map(([, next]) => next),
  ]);
  const backward = rewritten(split?.updates.map(([, next]) => next) ?? []);

  const own = new Map<Parameter, string>([
    ...(split?.updates.slice(0, trained.length).map(([p], i) => [p, trained[i]!] as const) ?? []),
    ...Object.entries(parameters).map(([key, p]) => [p, key] as const),
  ]);
  const leaves = parametersAmong([...forward, ...backward]);
  const kept = new Set([...Object.values(state), ...carried.map(([p]) => p)]);
  const params = gather("toJax", [
    ...own,
    ...leaves.filter((p) => !own.has(p) && !kept.has(p)).map((p) => [p, p.name ?? "parameter"] as const),
  ]);
  const carry = gather(
    "toJax",
    carried.map(([p]) => [p, p.name ?? "carried"] as const),
  );
  checkInputs([...forward, ...backward], inputs, split?.inputs ?? {});

  const constants: NDArray[] = [];
  const returned = Object.keys(outputs);
  const functions = [
    printFunction({
      name: split ? "gradients" : "outputs",
      takes: { params, carried: carry, batch: inputs },
      constants,
      results: [
        ["outputs", entries(returned, forward)],
        ...(split ? [["gradients", entries(trained, forward, returned.length)] as const] : []),
        ...(carried.length > 0
          ? [["carried", entries(Object.keys(carry), forward, returned.length + trained.length)] as const]
          : []),
      ],
    }),
    ...(split
      ? [
          printFunction({
            name: "update",
            takes: { gradients: split.inputs, params, state },
            constants,
            results: [
              ["params", entries([...own.values()].slice(0, trained.length), backward)],
              ["state", entries(Object.keys(state), backward, trained.length)],
            ],
            rest: Object.keys(params).length > trained.length,
          }),
        ]
      : []),
  ];
  const keys = Object.entries(carry).filter(([, p]) => p.dtype === "i32" && p.shape.join() === "2");
  return {
    module: printModule({
      functions,
      constants: constants.length > 0,
      wide: dtypesOf([...forward, ...backward]).has("f64"),
      name,
      batchAxis,
      keys: keys.map(([key]) => key),
    }),
    weights: saveTensors({
      ...prefixed("params", valuesOf(params)),
      ...prefixed("state", valuesOf(state)),
      ...prefixed("carried", valuesOf(carry)),
      ...prefixed("constants", Object.fromEntries(constants.entries())),
    }),
    launcher: launcher({ name, trains: split !== undefined, carries: carried.length > 0 }),
  };
}

/** As `compile` sees it. */
const rewritten = (tensors: readonly Tensor[]): readonly Tensor[] => rewriteGraph(tensors).roots;

const valuesOf = (record: Readonly<Record<string, Parameter>>): Record<string, NDArray> =>
  Object.fromEntries(Object.entries(record).map(([key, { value }]) => [key, value]));

/** Names beside the tensors that begin at a place of a list. */
const entries = (
  names: readonly string[],
  tensors: readonly Tensor[],
  from = 0,
): (readonly [string, Tensor])[] => names.map((name, i) => [name, tensors[from + i]!] as const);

const parametersAmong = (tensors: readonly Tensor[]): Parameter[] =>
  reachable(tensors, new Set()).flatMap((node) => {
    const tensor = node.result();
    return tensor instanceof Parameter ? [tensor] : [];
  });

function checkInputs(
  tensors: readonly Tensor[],
  ...given: readonly Readonly<Record<string, Tensor>>[]
): void {
  const known = new Set(given.flatMap((record) => Object.values(record)));
  const other = reachable(tensors, new Set()).find(
    (node) => node.op === ops.input && !known.has(node.result()),
  );
  if (!other) return;
  throw new GraphError({
    op: "toJax",
    problem: `the graph reads the input ${JSON.stringify(other.name)}, which is not among inputs`,
    hint: `inputs: { ${Object.keys(given[0] ?? {})
      .concat(other.name ?? "x")
      .join(", ")} }`,
  });
}
