import { checkOptionNames, GraphError, type Parameter, type Tensor } from "@org/core";
import { rewriteGraph } from "@org/core/ops";
import { gather } from "../gather.ts";
import { checkInputs, parametersAmong } from "../program.ts";
import { writeBlock } from "./block.ts";
import { graphMessage, modelMessage, valueMessage } from "./model.ts";
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

/** A file of Protocol Buffers may not be longer, in bytes. */
const LONGEST = 2 ** 31 - 1;

/**
 * The graph as an ONNX model (opset 21), with the values of parameters as they are now: for ONNX Runtime, in servers,
 * browsers and phones. Loops are `Scan`. A network that is to run step by step takes its state as an input and gives the next
 * as an output; the shapes are those of the graph.
 * Of gradients, whatever is asked for is exported too. Random numbers are not.
 * @throws GraphError for an op that ONNX has no words for, an input that is not among `inputs`, and names used twice
 * @example
 * const x = input("x", [3, 2]);
 * const w = parameter("w", [[1], [2]]);
 * const { ys } = scan((h, x_t) => ({ carry: tanh(add(h, matmul(x_t, w))), y: h }), { init: [0], xs: x });
 * toOnnx({ inputs: { x }, outputs: { ys } }) instanceof Uint8Array; // → true
 */
export function toOnnx(options: OnnxOptions): Uint8Array {
  checkOptionNames("toOnnx", options, "inputs outputs parameters name");
  const { inputs = {}, outputs, parameters = {}, name = "unroll" } = options;
  const { roots } = rewriteGraph(Object.values(outputs));
  const model = new Model();
  for (const [kind, record] of Object.entries({ input: inputs, output: outputs }))
    for (const key of Object.keys(record)) reserve(model, kind, key);

  const given = new Map<Parameter, string>(Object.entries(parameters).map(([key, p]) => [p, key] as const));
  const leaves = parametersAmong(roots).map((p) => [p, given.get(p) ?? p.name ?? "parameter"] as const);
  const bound = new Map<Tensor, string>(Object.entries(inputs).map(([key, tensor]) => [tensor, key]));
  for (const [key, parameter] of Object.entries(gather("toOnnx", leaves))) {
    reserve(model, "parameter", key);
    bound.set(parameter, model.initializer(key, parameter.value));
  }
  checkInputs("toOnnx", roots, inputs);

  const writer = new Writer(model);
  const values = writeBlock(writer, roots, bound);
  writer.path = "";
  for (const [i, key] of Object.keys(outputs).entries()) writer.called(key, values[i]!);
  const described = (record: Readonly<Record<string, Tensor>>) =>
    Object.entries(record).map(([key, { dtype, shape }]) => valueMessage(key, dtype, shape));
  const message = modelMessage(
    graphMessage({
      name,
      nodes: writer.nodes,
      initializers: model.initializers,
      inputs: described(inputs),
      outputs: described(outputs),
    }),
  );
  if (message.length > LONGEST) {
    throw new GraphError({
      op: "toOnnx",
      problem: `the model has ${message.length} bytes, a file of ONNX holds ${LONGEST}`,
    });
  }
  return message.encode();
}

function reserve({ names }: Model, kind: string, name: string): void {
  if (names.take(name)) return;
  throw new GraphError({
    op: "toOnnx",
    problem: `the ${kind} ${JSON.stringify(name)} has the name of another input, output or parameter`,
    rule: "all of them differ, since ONNX knows values by their names",
  });
}
