import { checkOptionNames, GraphError, type Parameter, type Tensor } from "@org/core";
import { noRewrites, type RewriteOptions, rewriteGraph } from "@org/core/ops";
import { gather } from "../gather.ts";
import { checkInputs, parametersAmong } from "../program.ts";
import { writeBlock } from "./block.ts";
import { Drawing, unlike } from "./drawing.ts";
import { graphMessage, modelMessage } from "./model.ts";
import { OpenModel } from "./open-model.ts";
import type { Message } from "./protobuf.ts";
import { pointsOf, type Sizes } from "./size.ts";
import { Model, Writer } from "./writer.ts";

/** What is to be computed elsewhere. */
export interface OnnxOptions {
  /** What the model is given, under these names. Default: nothing. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
  /** What it gives, under these names. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Names of parameters, as `parameters(model)` gives them. Default: their own. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** What the graph is called. Default: `"unroll"`. */
  readonly name?: string;
}

/** Which sizes of a graph stay open. */
export interface OpenSizes<Name extends string> {
  /** Their names, which name the axes in the file too: `"batch"`, `"time"`. Four at most. */
  readonly sizes: readonly Name[];
}

/** A file of Protocol Buffers may not be longer, in bytes. */
const LONGEST = 2 ** 31 - 1;

/**
 * The graph as an ONNX model (opset 21), with the values of parameters as they are now: for ONNX Runtime, in servers,
 * browsers and phones. Loops are `Scan`. A network that is to run step by step takes its state as an input and gives the next
 * as an output. Of gradients, whatever is asked for is exported too. Random numbers are not.
 * Shapes: those of the graph. To leave some open, give a function that draws the graph for given sizes, and their names:
 * `toOnnx(({ batch }) => …, { sizes: ["batch"] })`. It is called for several sizes; what differs from one to another follows
 * the shapes of the inputs where the file runs. Models are made outside of it, so that parameters are the same.
 * @throws GraphError for an op that ONNX has no words for, an input that is not among `inputs`, and names used twice; where
 * sizes are open, for one that is no axis of an input, for a graph whose ops differ with the sizes, and for an array that can't
 * follow them
 * @example
 * const w = parameter("w", [[1], [2]]);
 * const draw = (batch) => {
 *   const x = input("x", [3, batch, 2]);
 *   const { ys } = scan((h, x_t) => ({ carry: tanh(add(h, matmul(x_t, w))), y: h }), { init: zeros([batch, 1]), xs: x });
 *   return { inputs: { x }, outputs: { ys } };
 * };
 * toOnnx(draw(8)) instanceof Uint8Array; // → true
 * toOnnx(({ batch }) => draw(batch), { sizes: ["batch"] }) instanceof Uint8Array; // → true
 */
export function toOnnx(options: OnnxOptions): Uint8Array;
export function toOnnx<const Name extends string>(
  draw: (sizes: Readonly<Record<Name, number>>) => OnnxOptions,
  options: OpenSizes<Name>,
): Uint8Array;
export function toOnnx(
  graph: OnnxOptions | ((sizes: Sizes) => OnnxOptions),
  options?: OpenSizes<string>,
): Uint8Array {
  if (typeof graph !== "function") return encoded(write(new Model(), checked(graph)));
  const { sizes } = checkOptionNames("toOnnx", options ?? ({} as OpenSizes<string>), "sizes", "sizes");
  const points = pointsOf(checkSizes(sizes));
  const drawn = points.map((point) => checked(graph(point)));
  try {
    return encoded(writeOpen(sizes, points, drawn));
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    // What rewrites do may depend on the sizes; what was written down says more in errors, too.
    return encoded(writeOpen(sizes, points, drawn, noRewrites));
  }
}

const checked = (options: OnnxOptions): OnnxOptions =>
  checkOptionNames("toOnnx", options, "inputs outputs parameters name");

function checkSizes(sizes: readonly string[]): readonly string[] {
  const isName = (name: unknown): boolean =>
    typeof name === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);
  const areNames = Array.isArray(sizes) && sizes.length > 0 && sizes.length <= 4 && sizes.every(isName);
  if (areNames && new Set(sizes).size === sizes.length) return sizes;
  throw new GraphError({
    op: "toOnnx",
    problem: `expected sizes as one to four different names, received ${JSON.stringify(sizes)}`,
    hint: 'sizes: ["batch"]',
  });
}

/** The model as it is drawn first, in which what differs in the other drawings follows the sizes. */
function writeOpen(
  names: readonly string[],
  points: readonly Sizes[],
  drawn: readonly OnnxOptions[],
  rewrites: RewriteOptions = {},
): Message {
  const drawings = drawn.map((options) => {
    const drawing = new Drawing();
    write(drawing, options, rewrites);
    return drawing;
  });
  const problem = unlike(drawings);
  if (problem) throw problem;
  const inputs = drawn.map(({ inputs = {} }) =>
    Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, shape])),
  );
  const model = new OpenModel(names, points, drawings, inputs);
  return write(model, drawn[0]!, rewrites, model.prelude.nodes);
}

/** @param prelude Nodes that come before those of the graph */
function write(
  model: Model,
  { inputs = {}, outputs, parameters = {}, name = "unroll" }: OnnxOptions,
  rewrites: RewriteOptions = {},
  prelude: readonly Message[] = [],
): Message {
  const { roots } = rewriteGraph(Object.values(outputs), rewrites);
  for (const [kind, record] of Object.entries({ input: inputs, output: outputs }))
    for (const key of Object.keys(record)) reserve(model, kind, key);

  const given = new Map<Parameter, string>(Object.entries(parameters).map(([key, p]) => [p, key] as const));
  const leaves = parametersAmong(roots).map((p) => [p, given.get(p) ?? p.name ?? "parameter"] as const);
  const bound = new Map<Tensor, string>(Object.entries(inputs).map(([key, tensor]) => [tensor, key]));
  for (const [key, parameter] of Object.entries(gather("toOnnx", leaves))) {
    reserve(model, "parameter", key);
    bound.set(parameter, model.initializer(key, parameter));
  }
  checkInputs("toOnnx", roots, inputs);

  const writer = new Writer(model);
  const values = writeBlock(writer, roots, bound);
  writer.path = "";
  for (const [i, key] of Object.keys(outputs).entries()) writer.called(key, values[i]!);
  model.node = undefined;
  const described = (record: Readonly<Record<string, Tensor>>) =>
    Object.entries(record).map(([key, { dtype, shape }]) => model.value(key, dtype, shape));
  return modelMessage(
    graphMessage({
      name,
      inputs: described(inputs),
      outputs: described(outputs),
      nodes: [...prelude, ...writer.nodes],
      initializers: model.initializers,
    }),
  );
}

function encoded(message: Message): Uint8Array {
  if (message.length <= LONGEST) return message.encode();
  throw new GraphError({
    op: "toOnnx",
    problem: `the model has ${message.length} bytes, a file of ONNX holds ${LONGEST}`,
  });
}

function reserve({ names }: Model, kind: string, name: string): void {
  if (names.take(name)) return;
  throw new GraphError({
    op: "toOnnx",
    problem: `the ${kind} ${JSON.stringify(name)} has the name of another input, output or parameter`,
    rule: "all of them differ, since ONNX knows values by their names",
  });
}
