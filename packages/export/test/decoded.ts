/** Files of ONNX, read again by the numbers of their fields. */

/** Fields of a message, by their numbers. */
type Fields = Map<number, (Uint8Array | bigint)[]>;

/** Any message, by the numbers of its fields. */
export function read(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    const length = wire === 2 ? Number(varint()) : wire === 5 ? 4 : 0;
    const value = wire === 0 ? varint() : bytes.subarray(at, at + length);
    at += length;
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

export const texts = (fields: Fields, field: number): string[] =>
  (fields.get(field) ?? []).map((bytes) => new TextDecoder().decode(bytes as Uint8Array));
export const messages = (fields: Fields, field: number): Fields[] =>
  (fields.get(field) ?? []).map((bytes) => read(bytes as Uint8Array));

export interface Graph {
  readonly nodes: readonly {
    readonly operator: string;
    readonly name: string;
    readonly reads: readonly string[];
    readonly gives: readonly string[];
    readonly attributes: ReadonlyMap<string, Fields>;
  }[];
  readonly initializers: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A graph: its operators with what they read and give, and its names. */
export function graphOf(fields: Fields): Graph {
  const nodes = messages(fields, 1).map((node) => ({
    operator: texts(node, 4)[0]!,
    name: texts(node, 3)[0]!,
    reads: texts(node, 1),
    gives: texts(node, 2),
    attributes: new Map(messages(node, 5).map((attribute) => [texts(attribute, 1)[0]!, attribute] as const)),
  }));
  const named = (field: number, name: number): string[] =>
    messages(fields, field).map((value) => texts(value, name)[0]!);
  return { nodes, initializers: named(5, 8), inputs: named(11, 1), outputs: named(12, 1) };
}
export const decoded = (model: Uint8Array): Graph => graphOf(messages(read(model), 7)[0]!);

type Shapes = Readonly<Record<string, readonly (number | string)[]>>;

/** The shapes of what goes into a model and comes out of it: lengths, or names of open axes. */
export function shapesOf(model: Uint8Array): { readonly inputs: Shapes; readonly outputs: Shapes } {
  const graph = messages(read(model), 7)[0]!;
  const shapes = (field: number) =>
    Object.fromEntries(
      messages(graph, field).map((value) => {
        const tensor = messages(messages(value, 2)[0]!, 1)[0]!;
        const axes = tensor.has(2) ? messages(messages(tensor, 2)[0]!, 1) : [];
        return [texts(value, 1)[0]!, axes.map((axis) => texts(axis, 2)[0] ?? Number(axis.get(1)![0]))];
      }),
    );
  return { inputs: shapes(11), outputs: shapes(12) };
}
