/** The messages of ONNX (onnx.proto, IR version 10): field numbers are its own. */
import type { DType, Shape } from "@org/core";
import { Message } from "./protobuf.ts";

/** Elements of a tensor in ONNX; indices and shapes are `i64`. */
export type ElementType = DType | "i64";

export const elementTypes: Readonly<Record<ElementType, number>> = {
  f32: 1,
  i32: 6,
  i64: 7,
  bool: 9,
  f64: 11,
};

/** What a node is told beside its inputs. */
export type Attribute = number | string | readonly number[] | GraphMessage;

/** A graph as it is written. */
export class GraphMessage extends Message {}

const attributeType = { float: 1, integer: 2, text: 3, graph: 5, integers: 7 } as const;

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === "number") return message.integer(3, value).integer(20, attributeType.integer);
  if (typeof value === "string") return message.text(4, value).integer(20, attributeType.text);
  if (value instanceof GraphMessage) return message.message(6, value).integer(20, attributeType.graph);
  return message.each((each: number) => message.integer(8, each), value).integer(20, attributeType.integers);
}

/** An application of an operator. */
export function nodeMessage(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
  name: string,
): Message {
  const message = new Message();
  return message
    .each((input: string) => message.text(1, input), inputs)
    .each((output: string) => message.text(2, output), outputs)
    .text(3, name)
    .text(4, operator)
    .each(
      ([key, value]: [string, Attribute]) => message.message(5, attributeMessage(key, value)),
      Object.entries(attributes),
    );
}

/** Values of a tensor, little end first. */
export function tensorMessage(name: string, type: ElementType, shape: Shape, bytes: Uint8Array): Message {
  const message = new Message();
  return message
    .each((length: number) => message.integer(1, length), shape)
    .integer(2, elementTypes[type])
    .text(8, name)
    .bytes(9, bytes);
}

/** What goes into a graph or comes out of it; open axes have names. */
export function valueMessage(name: string, type: ElementType, shape: readonly (number | string)[]): Message {
  const dimensions = new Message();
  for (const length of shape) {
    const dimension = new Message();
    dimensions.message(
      1,
      typeof length === "string" ? dimension.text(2, length) : dimension.integer(1, length),
    );
  }
  const tensor = new Message().integer(1, elementTypes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly Message[];
  readonly initializers: readonly Message[];
  readonly inputs: readonly Message[];
  readonly outputs: readonly Message[];
}

export function graphMessage({ name, nodes, initializers, inputs, outputs }: GraphParts): GraphMessage {
  const message = new GraphMessage();
  message.each((node) => message.message(1, node), nodes).text(2, name);
  message.each((tensor) => message.message(5, tensor), initializers);
  message.each((input) => message.message(11, input), inputs);
  message.each((output) => message.message(12, output), outputs);
  return message;
}

/** IR 10 came with opset 21. */
const [irVersion, opset] = [10, 21] as const;

export function modelMessage(graph: GraphMessage): Message {
  const operators = new Message().text(1, "").integer(2, opset);
  return new Message().integer(1, irVersion).text(2, "unroll").message(7, graph).message(8, operators);
}
