/** A model that is written only to be compared with others: the same graph, drawn for several sizes. */
import { type DType, GraphError, type Node, type Parameter, type Shape, sourceLine } from "@org/core";
import { GraphMessage } from "./model.ts";
import type { Message } from "./protobuf.ts";
import { type Attributes, type Literal, Model } from "./writer.ts";

/** What is written, in its order. */
interface Note {
  /** What of it is the same at every size. */
  readonly what: string;
  /** What it is called in errors. */
  readonly called: string;
  /** What may follow the sizes: an array, or the shape of a value. */
  readonly literal?: Literal;
  readonly node: Node | undefined;
}

export class Drawing extends Model {
  readonly notes: Note[] = [];
  readonly parameters: Map<string, Parameter> = new Map();

  override initializer(name: string, parameter: Parameter): string {
    this.parameters.set(name, parameter);
    return name;
  }

  override share(literal: Literal, wished: string): string {
    const { type, shape } = literal;
    this.#note({ what: `${type} ${shape.length}`, called: `a constant of ${type} [${shape}]`, literal });
    return this.names.fresh(wished);
  }

  override value(name: string, type: DType, shape: Shape): Message {
    const data = BigInt64Array.from(shape, BigInt);
    const literal: Literal = { type: "i64", shape: [data.length], data };
    this.#note({ what: `${name} ${type} ${shape.length}`, called: `${name} ${type} [${shape}]`, literal });
    return super.value(name, type, shape);
  }

  override made(operator: string, names: readonly string[], attributes: Attributes): void {
    const told = Object.entries(attributes).filter(([, value]) => !(value instanceof GraphMessage));
    this.#note({ what: `${operator} ${names} ${JSON.stringify(told)}`, called: operator });
  }

  #note(note: Omit<Note, "node">): void {
    this.notes.push({ ...note, node: this.node });
  }
}

/** Whether sizes decide how large arrays are, and not what is computed: else why not. */
export function unlike(drawings: readonly Drawing[]): GraphError | undefined {
  const [first, ...others] = drawings as [Drawing, ...Drawing[]];
  for (const { notes, parameters } of others) {
    const at = Array.from({ length: Math.max(first.notes.length, notes.length) }, (_, i) => i).find(
      (i) => first.notes[i]?.what !== notes[i]?.what,
    );
    if (at !== undefined) {
      const [one, other] = [first.notes[at], notes[at]];
      return new GraphError({
        op: "toOnnx",
        problem: `what is computed differs with the sizes: ${toldOf(one)} at some, ${toldOf(other)} at others`,
        rule: "sizes decide how long axes are, and nothing else",
      });
    }
    for (const [name, parameter] of first.parameters)
      if (parameters.get(name) !== parameter)
        return new GraphError({
          op: "toOnnx",
          problem: `the parameter ${JSON.stringify(name)} is another one at every size`,
          hint: "make the model outside of the function that draws the graph",
        });
  }
  return undefined;
}

const toldOf = (note: Note | undefined): string =>
  note ? `${note.called} of ${calledBy(note.node)}` : "nothing more";

/** The op of a node and the user's line that made it. */
export function calledBy(node: Node | undefined): string {
  if (!node) return "the model";
  const line = sourceLine(node);
  return `${node.op.name}${line ? ` (made at ${line})` : ""}`;
}
