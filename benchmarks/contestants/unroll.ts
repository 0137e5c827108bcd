/** Ours, by its public names only. */
import {
  compile,
  createRuntime,
  type Executable,
  GraphError,
  grad,
  hvp,
  input,
  mean,
  NDArray,
  norm,
  type RewriteOptions,
  type Runtime,
  reshape,
  square,
  stack,
  type Tensor,
} from "@org/core";
import { folderCache, useFastVectors } from "@org/core/node";
import * as nn from "@org/nn";
import { minimize, sgd } from "@org/optim";
import type { Data } from "../data.ts";
import type { Task } from "../messages.ts";
import type { Network } from "../workloads.ts";
import { tokensOf } from "./column-weights.ts";
import { type Prepared, serve, timed, Unavailable } from "./serve.ts";
import { prepareLarge } from "./unroll-large.ts";
import { prepareLinear } from "./unroll-linear.ts";
import { buildLoss, makeModel } from "./unroll-model.ts";
import { prepareOptimizer, transform, type Values as Weights } from "./unroll-optimizer.ts";
import { prepareProduct } from "./unroll-product.ts";
import { prepareStencil } from "./unroll-stencil.ts";

type Inputs = ReturnType<typeof buildLoss>["inputs"] & { readonly lengths?: Tensor };

/** The recurrent layer on a batch with or without lengths: the mean square of its last state, and a step down from it. */
function drawPadded({ network, longest }: Extract<Task, { kind: "padded" }>, data: Data) {
  const { embedding: table, rnn } = makeModel(network, data);
  const ids = input("ids", [network.time, network.batch], "i32");
  const lengths = input("lengths", [network.batch], "i32");
  const inputs = longest === undefined ? { ids } : { ids, lengths };
  const { state } = rnn.apply(table.apply(ids), longest === undefined ? {} : { lengths });
  const loss = mean(square(state[0]!.h));
  return {
    inputs: inputs as Inputs,
    outputs: { value: loss },
    updates: minimize(loss, nn.parameters({ rnn }), sgd({ learningRate: 1e-3 })),
  };
}

/** The work of a task: everything before `compile`, and what to compile. */
function drawTask(task: Extract<Task, { kind: "train" | "hessian-vector" | "padded" }>, data: Data) {
  if (task.kind === "padded") return drawPadded(task, data);
  const { parameters, inputs, loss } = buildLoss(task.network, data);
  if (task.kind === "train") {
    const plain = task.update === "plain";
    const updates = minimize(loss, parameters, plain ? sgd({ learningRate: 1e-3 }) : transform);
    return { inputs, outputs: { value: loss }, updates };
  }
  const direction = nn.parameters(makeModel(task.network, data, "vector."));
  const vectors = Object.fromEntries(Object.entries(direction).map(([name, { value }]) => [name, value]));
  const products: Record<string, Tensor> = hvp(loss, parameters, vectors);
  const norms = Object.values(products).map((product) => norm(reshape(product, [-1])));
  return { inputs, outputs: { value: norm(stack(norms)) } };
}

/** Parameters of the program: whether vectors are to be wide, and a folder that keeps what is compiled. */
const wide = process.argv[2] === "wide";
const folder = process.argv[2] === "kept" ? process.argv[3] : undefined;

function makeRuntime(threads: number): Runtime {
  const reason = wide && useFastVectors().reason;
  if (reason) throw new Unavailable(reason);
  try {
    return createRuntime({ threads, ...(folder !== undefined && { cache: folderCache(folder) }) });
  } catch (error) {
    if (error instanceof GraphError) throw new Unavailable(error.message);
    throw error;
  }
}

/** The tokens of a step. */
const feeds = (network: Network, data: Data, index: number) => {
  const of = (name: "ids" | "labels") =>
    new NDArray("i32", [network.time, network.batch], tokensOf(data, name, index));
  return { ids: of("ids"), labels: of("labels") };
};

/** Sequences of one, two, … steps, and again from one behind the longest, which comes first. */
const lengthsOf = ({ batch }: Network, longest: number): NDArray =>
  new NDArray(
    "i32",
    [batch],
    Int32Array.from({ length: batch }, (_, i) => longest - (i % longest)),
  );

/** What a step of a task is given. */
function fed(
  task: Exclude<Task, { kind: "large" | "product" | "linear" | "stencil" | "peak" }>,
  data: Data,
  index: number,
): Record<string, NDArray> {
  const both = feeds(task.network, data, index);
  if (task.kind !== "padded") return both;
  const { ids } = both;
  return task.longest === undefined ? { ids } : { ids, lengths: lengthsOf(task.network, task.longest) };
}

/** The weights of a model, and the gradients of its first step. */
function firstGradients(network: Network, data: Data): Weights {
  const { parameters, inputs, loss } = buildLoss(network, data);
  const gradients: Record<string, Tensor> = grad(loss, parameters);
  const run = compile({ inputs, outputs: gradients });
  const found = run(feeds(network, data, 0));
  run.dispose();
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { value }]) => [name, { weight: value, gradient: found[name]! }]),
  );
}

/** A report of a program that was kept would compile it after all. */
const aboutOf = (run: Executable<Record<string, Tensor>, { value: Tensor }>, { target, threads }: Runtime) =>
  folder === undefined
    ? { target, threads, rewrites: Object.keys(run.report().rewrites) }
    : { target, threads, rewrites: [] };

function prepare(task: Task, data: Data, threads: number): Prepared {
  const runtime = makeRuntime(threads);
  if (task.kind === "peak") throw new Unavailable("the peak is measured by its own program");
  if (task.kind === "product") return prepareProduct(task.product, runtime);
  if (task.kind === "linear") return prepareLinear(task.run, runtime);
  if (task.kind === "stencil") return prepareStencil(task.stencil, runtime);
  if (task.kind === "large") return prepareLarge(task.form, task.nodes, runtime);
  const { network } = task;
  if (task.kind === "optimizer") return prepareOptimizer(task.form, firstGradients(network, data), runtime);
  const [drawn, build] = timed(() => drawTask(task, data));
  const rewrites = (task.kind === "train" ? (task.rewrites ?? {}) : {}) as RewriteOptions;
  const [run, compilation] = timed(
    () =>
      compile({ ...drawn, runtime, rewrites }) as unknown as Executable<
        Record<string, Tensor>,
        { value: Tensor }
      >,
  );
  return {
    phases: { build, compile: compilation },
    about: aboutOf(run, runtime),
    step: (index) => run(fed(task, data, index)).value.item(),
  };
}

await serve(prepare);
