/** The nodes that outputs need, operands first; loops as graphs inside of graphs. */
import { array, type Node, type Tensor } from "@org/core";
import { type AttributesOf, type Body, type Loop, nameOf } from "@org/core/ops";
import { untranslatable } from "../errors.ts";
import { effectiveOperands, reachable, regionsOf } from "../reading.ts";
import { graphMessage } from "./model.ts";
import { operations, without } from "./operations.ts";
import { Writer } from "./writer.ts";

/** Writes what `outputs` need; `bound` are the names of tensors that are given. Returns the names of the outputs. */
export function writeBlock(
  to: Writer,
  outputs: readonly Tensor[],
  bound: ReadonlyMap<Tensor, string>,
): string[] {
  const values = new Map(bound);
  const nameOfTensor = (tensor: Tensor): string => values.get(tensor)!;
  const wanted = new Set([
    ...outputs,
    ...reachable(outputs, bound).flatMap((node) => effectiveOperands(node)),
  ]);
  for (const node of reachable(outputs, bound)) {
    to.path = regionsOf(node).join("/");
    to.model.node = node;
    const operands = effectiveOperands(node).map(nameOfTensor);
    const results = writeNode(to, node, operands, (k) => wanted.has(node.result(k)));
    for (const [k, name] of results) values.set(node.result(k), name);
  }
  return outputs.map(nameOfTensor);
}

/** The names of the node's results that are wanted. */
function writeNode(
  to: Writer,
  node: Node,
  operands: readonly string[],
  isWanted: (result: number) => boolean,
): (readonly [number, string])[] {
  const name = nameOf(node);
  if (name === undefined) throw untranslatable("toOnnx", node);
  if (name === "scan") return writeLoop(to, node, operands, isWanted);
  if (name === "checkpoint") {
    const { inputs, outputs } = node.attributes as Body;
    const bound = new Map(inputs.map((inside, i) => [inside, operands[i]!] as const));
    return writeBlock(to, outputs, bound).map((value, k) => [k, value] as const);
  }
  if (name === "constant") {
    const { value } = node.attributes as AttributesOf<"constant">;
    return [[0, to.model.constant(value, node.name ?? "constant")]];
  }
  if (name in without)
    throw untranslatable("toOnnx", node, `cannot be said: ${without[name as keyof typeof without]}`);
  if (!(name in operations)) throw untranslatable("toOnnx", node, "is not among what the model is given");
  const write = operations[name as keyof typeof operations] as (
    to: Writer,
    operands: readonly string[],
    attributes: unknown,
    node: Node,
  ) => string;
  return [[0, write(to, operands, node.attributes, node)]];
}

/**
 * `Scan`, whose body reads constants from the graph around it. It needs a sequence, and a counted loop the number of the
 * step: that is one more. The steps of a counted loop are all made, and none behind the count changes or stacks anything.
 */
function writeLoop(
  to: Writer,
  node: Node,
  operands: readonly string[],
  isWanted: (result: number) => boolean,
): (readonly [number, string])[] {
  const { body, constants, carries, length, reverse, counted } = node.attributes as Loop;
  const { model } = to;
  const wanted = body.outputs.flatMap((_, k) => (k < carries || isWanted(k) ? k : []));
  const numbered = counted || body.inputs.length === constants + carries;
  const inside = new Writer(model);
  inside.path = to.path;
  const names = body.inputs.map((tensor, i) =>
    i < constants ? operands[i]! : model.names.fresh(tensor.name ?? "x"),
  );
  const t = model.names.fresh("t");
  const written = writeBlock(
    inside,
    wanted.map((k) => body.outputs[k]!),
    new Map(body.inputs.map((tensor, i) => [tensor, names[i]!] as const)),
  );
  model.node = node;
  const runs = counted ? inside.add("Less", [t, operands[0]!]) : undefined;
  const kept = written.map((value, i) => {
    if (runs === undefined) return value;
    const { dtype } = body.outputs[wanted[i]!]!;
    const otherwise = wanted[i]! < carries ? names[constants + wanted[i]!]! : model.number(0, dtype);
    if (dtype !== "bool") return inside.add("Where", [runs, value, otherwise]);
    const [kept, left] = [inside.add("And", [runs, value]), inside.add("Not", [runs])];
    return inside.add("Or", [kept, inside.add("And", [left, otherwise])]);
  });
  const results = inside.results(kept);
  const describe = (tensors: readonly Tensor[], from: readonly string[]) =>
    tensors.map(({ dtype, shape }, i) => model.value(from[i]!, dtype, shape));
  const graph = graphMessage({
    name: "step",
    nodes: inside.nodes,
    initializers: [],
    inputs: [
      ...describe(body.inputs.slice(constants), names.slice(constants)),
      ...(numbered ? [model.value(t, "i32", [])] : []),
    ],
    outputs: describe(
      wanted.map((k) => body.outputs[k]!),
      results,
    ),
  });
  const steps = array(Int32Array.from({ length }, (_, i) => i));
  const sequences = operands.length - constants - carries + Number(numbered);
  const histories = wanted.length - carries;
  const backwards = (count: number): number[] => Array<number>(count).fill(1);
  const made = to.addAll(
    "Scan",
    [...operands.slice(constants), ...(numbered ? [model.constant(steps, "steps")] : [])],
    wanted.map((k) => body.outputs[k]!.name ?? (k < carries ? "carry" : "ys")),
    {
      body: graph,
      num_scan_inputs: sequences,
      ...(reverse && { scan_input_directions: backwards(sequences) }),
      ...(reverse && histories > 0 && { scan_output_directions: backwards(histories) }),
    },
  );
  return wanted.map((k, i) => [k, made[i]!] as const);
}
