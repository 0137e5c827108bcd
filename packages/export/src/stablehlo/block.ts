/** The lines that outputs need, operands first; loops as blocks inside. */
import type { Node, Tensor } from "@org/core";
import { type AttributesOf, type Body, type Loop, nameOf } from "@org/core/ops";
import { untranslatable } from "../errors.ts";
import { operandsOf, reachable } from "../reading.ts";
import { operations } from "./operations.ts";
import { type Type, typeText, type Value } from "./types.ts";
import { names, type Writer } from "./writer.ts";

/** Writes what `outputs` need; `bound` are the values of tensors that are given. */
export function writeBlock(
  to: Writer,
  outputs: readonly Tensor[],
  bound: ReadonlyMap<Tensor, Value>,
): Value[] {
  const values = new Map(bound);
  const nodes = reachable(outputs, bound, operandsOf);
  const wanted = new Set([...outputs, ...nodes.flatMap(operandsOf)]);
  for (const node of nodes) {
    const operands = operandsOf(node).map((tensor) => values.get(tensor)!);
    const results = writeNode(to, node, operands, (k) => wanted.has(node.result(k)));
    for (const [k, value] of results) values.set(node.result(k), value);
  }
  return outputs.map((tensor) => values.get(tensor)!);
}

/** Values of the node's results that are wanted. */
function writeNode(
  to: Writer,
  node: Node,
  operands: readonly Value[],
  isWanted: (result: number) => boolean,
): (readonly [number, Value])[] {
  const name = nameOf(node);
  if (name === undefined) throw untranslatable("toStableHlo", node);
  if (name === "scan") return writeLoop(to, node, operands, isWanted);
  if (name === "checkpoint") return writeCheckpoint(to, node.attributes as Body, operands);
  if (name === "constant") return [[0, to.constant((node.attributes as AttributesOf<"constant">).value)]];
  if (!(name in operations))
    throw untranslatable("toStableHlo", node, "is not among what the program is given");
  const write = operations[name as keyof typeof operations] as (
    to: Writer,
    operands: readonly Value[],
    attributes: unknown,
    node: Node,
  ) => Value;
  return [[0, write(to, operands, node.attributes, node)]];
}

/** Behind the barrier nothing is shared with the first pass: compilers would keep its values instead. */
function writeCheckpoint(to: Writer, { inputs, outputs }: Body, operands: readonly Value[]) {
  const behind = operands.map((type) => to.fresh(type));
  if (operands.length > 0) {
    const types = operands.map(typeText).join(", ");
    to.lines.push(`${names(behind)} = stablehlo.optimization_barrier ${names(operands)} : ${types}`);
  }
  const bound = new Map(inputs.map((inside, i) => [inside, behind[i]!] as const));
  return writeBlock(to, outputs, bound).map((value, k) => [k, value] as const);
}

/**
 * `while` over the number of the step `i`, carries and histories, of which every step writes its row: `t = i`, or
 * `t = length - 1 - i` in reverse. A counted loop makes all steps, and none behind the count changes or stacks anything.
 */
function writeLoop(
  to: Writer,
  node: Node,
  operands: readonly Value[],
  isWanted: (result: number) => boolean,
): (readonly [number, Value])[] {
  const { body, constants, carries, length, reverse, counted } = node.attributes as Loop;
  const histories = body.outputs.flatMap((_, k) => (k >= carries && isWanted(k) ? k : []));
  const step: Type = { shape: [], dtype: "i32" };
  const starts = [
    to.filled(0, step),
    ...operands.slice(constants, constants + carries),
    ...histories.map((k) => to.filled(0, node.result(k))),
  ];
  const inner = starts.map((type) => to.fresh(type));
  const types = starts.map(typeText).join(", ");

  const condition = to.inside();
  const goesOn = condition.compare("LT", inner[0]!, condition.filled(length, step));

  const block = to.inside();
  const [i] = inner as [Value];
  const one = block.filled(1, step);
  const t = reverse ? block.alike("subtract", block.filled(length - 1, step), i) : i;
  const zero = block.filled(0, step);
  const rowAt = (xs: Value): Value => {
    const shape = xs.shape.slice(1);
    const row = { shape: [1, ...shape], dtype: xs.dtype };
    const places = [t, ...shape.map(() => zero)];
    return block.reshape(
      block.typed("dynamic_slice", [xs, ...places], row, `, sizes = [${row.shape}]`),
      shape,
    );
  };
  const carry = inner.slice(1, 1 + carries);
  const given = [
    ...operands.slice(0, constants),
    ...carry,
    ...operands.slice(constants + carries).map(rowAt),
  ];
  const results = writeBlock(
    block,
    [...body.outputs.slice(0, carries), ...histories.map((k) => body.outputs[k]!)],
    new Map(body.inputs.map((inside, at) => [inside, given[at]!] as const)),
  );
  const runs = counted ? block.compare("LT", t, operands[0]!) : undefined;
  const kept = results.map((value, at) => {
    if (!runs) return value;
    const all = block.typed("broadcast_in_dim", [runs], { shape: value.shape, dtype: "bool" }, ", dims = []");
    return block.select(all, value, at < carries ? carry[at]! : block.filled(0, value));
  });
  const rows = kept.slice(carries).map((value, k) => {
    const places = [t, ...value.shape.map(() => zero)];
    const row = block.reshape(value, [1, ...value.shape]);
    return block.typed(
      "dynamic_update_slice",
      [inner[1 + carries + k]!, row, ...places],
      inner[1 + carries + k]!,
    );
  });
  const next = [block.alike("add", i, one), ...kept.slice(0, carries), ...rows];

  const made = starts.map((type) => to.fresh(type));
  const begun = inner.map((value, at) => `${value.name} = ${starts[at]!.name}`).join(", ");
  // Of several results one name stands for all.
  const [all] = made as [Value];
  to.lines.push(
    `${all.name}:${made.length} = stablehlo.while(${begun}) : ${types}`,
    " cond {",
    ...condition.lines.map((line) => `  ${line}`),
    `  stablehlo.return ${goesOn.name} : tensor<i1>`,
    "} do {",
    ...block.lines.map((line) => `  ${line}`),
    `  stablehlo.return ${names(next)} : ${types}`,
    "}",
  );
  const result = (at: number): Value => ({ ...starts[at]!, name: `${all.name}#${at}` });
  return [
    ...Array.from({ length: carries }, (_, k) => [k, result(1 + k)] as const),
    ...histories.map((k, at) => [k, result(1 + carries + at)] as const),
  ];
}
