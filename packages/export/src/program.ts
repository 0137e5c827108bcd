/** What formats write for training: the functions, what they are given and what they give, and the values of now. */
import { GraphError, type NDArray, Parameter, saveTensors, type Tensor, type Update } from "@org/core";
import { ops, rewriteGraph } from "@org/core/ops";
import { type Minimization, splitUpdates } from "@org/optim";
import { gather, prefixed } from "./gather.ts";
import { reachable } from "./reading.ts";

/** What is to be computed elsewhere. */
export interface ProgramOptions {
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
}

export type TensorsByName = Readonly<Record<string, Tensor>>;

/** A function of records of arrays, which returns records of arrays. */
export interface ProgramFunction {
  readonly name: "gradients" | "outputs" | "update";
  /** What it is given, by the names of its parameters. */
  readonly takes: Readonly<Record<string, TensorsByName>>;
  /** What it returns, each record under what it is called. */
  readonly results: readonly (readonly [name: string, entries: readonly (readonly [string, Tensor])[]])[];
  /** Whether the first record goes on with the entries that are not among its own. */
  readonly rest: boolean;
}

export interface Program {
  /** `gradients` and `update`; where nothing is trained, `outputs`. */
  readonly functions: readonly ProgramFunction[];
  readonly carried: Readonly<Record<string, Parameter>>;
  /** All that is computed. */
  readonly roots: readonly Tensor[];
  /** The values of now, safetensors: `params.…`, `state.…`, `carried.…`, `constants.…`. */
  weights(constants: readonly NDArray[]): Uint8Array;
}

/**
 * The functions of a program, from the graph as `compile` sees it.
 * @throws GraphError for names that are used twice, inputs that are missing, or an update that reads more than gradients
 */
export function programOf(
  op: string,
  { inputs = {}, outputs = {}, updates, carried = [], parameters = {} }: ProgramOptions,
): Program {
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
  const params = gather(op, [
    ...own,
    ...leaves.filter((p) => !own.has(p) && !kept.has(p)).map((p) => [p, p.name ?? "parameter"] as const),
  ]);
  const carry = gather(
    op,
    carried.map(([p]) => [p, p.name ?? "carried"] as const),
  );
  checkInputs(op, [...forward, ...backward], inputs, split?.inputs ?? {});

  const returned = Object.keys(outputs);
  const functions: ProgramFunction[] = [
    {
      name: split ? "gradients" : "outputs",
      takes: { params, carried: carry, batch: inputs },
      results: [
        ["outputs", entries(returned, forward)],
        ...(split ? [["gradients", entries(trained, forward, returned.length)] as const] : []),
        ...(carried.length > 0
          ? [["carried", entries(Object.keys(carry), forward, returned.length + trained.length)] as const]
          : []),
      ],
      rest: false,
    },
  ];
  if (split)
    functions.push({
      name: "update",
      takes: { gradients: split.inputs, params, state },
      results: [
        ["params", entries([...own.values()].slice(0, trained.length), backward)],
        ["state", entries(Object.keys(state), backward, trained.length)],
      ],
      rest: Object.keys(params).length > trained.length,
    });
  return {
    functions,
    carried: carry,
    roots: [...forward, ...backward],
    weights: (constants) =>
      saveTensors({
        ...prefixed("params", valuesOf(params)),
        ...prefixed("state", valuesOf(state)),
        ...prefixed("carried", valuesOf(carry)),
        ...prefixed("constants", Object.fromEntries(constants.entries())),
      }),
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

/** The parameters that tensors need. */
export const parametersAmong = (tensors: readonly Tensor[]): Parameter[] =>
  reachable(tensors, new Set()).flatMap((node) => {
    const tensor = node.result();
    return tensor instanceof Parameter ? [tensor] : [];
  });

/** @throws GraphError for an input that is not among those given */
export function checkInputs(
  op: string,
  tensors: readonly Tensor[],
  ...given: readonly Readonly<Record<string, Tensor>>[]
): void {
  const known = new Set(given.flatMap((record) => Object.values(record)));
  const other = reachable(tensors, new Set()).find(
    (node) => node.op === ops.input && !known.has(node.result()),
  );
  if (!other) return;
  throw new GraphError({
    op,
    problem: `the graph reads the input ${JSON.stringify(other.name)}, which is not among inputs`,
    hint: `inputs: { ${Object.keys(given[0] ?? {})
      .concat(other.name ?? "x")
      .join(", ")} }`,
  });
}
