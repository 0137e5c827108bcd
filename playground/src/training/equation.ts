import { EquationError, math, type Operand, Tensor } from "@org/core";

/** A name, which is an operand; a number, in which an `e` is no name; or anything else. */
const TOKEN = /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z_0-9]*)/g;

/** The functions that `math` knows are called; whatever else is a name stands for a tensor. */
const CALLED = /^\s*\(/;

/** The names in an equation that are not called. */
export function namesIn(text: string): string[] {
  return parts(text).flatMap(({ name }) => name ?? []);
}

interface Part {
  /** Text before the name. */
  readonly before: string;
  /** Nothing at the end. */
  readonly name: string | undefined;
}

function parts(text: string): Part[] {
  const found: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    const name = match.groups?.name;
    if (name === undefined || CALLED.test(text.slice(match.index + name.length))) continue;
    found.push({ before: text.slice(from, match.index), name });
    from = match.index + name.length;
  }
  return [...found, { before: text.slice(from), name: undefined }];
}

/**
 * An equation that was typed: names become the tensors that `lookUp` has for them.
 * @throws EquationError whose column counts in the text as it was typed
 */
export function equationOf(text: string, lookUp: (name: string) => Operand): Tensor {
  const found = parts(text);
  const strings = found.map(({ before }) => before);
  const operands = found.flatMap(({ name }) => (name === undefined ? [] : [lookUp(name)]));
  try {
    return math(Object.assign(strings, { raw: strings }), ...operands);
  } catch (error) {
    if (!(error instanceof EquationError)) throw error;
    const problem = error.message.split("\n")[0]!.replace(/^math: /, "");
    throw new EquationError(problem, text, columnIn(found, operands, error.column));
  }
}

/** The column in the text of a column in what `math` shows, where an operand stands as `${name}` or as `${place}`. */
function columnIn(found: readonly Part[], operands: readonly Operand[], column: number): number {
  let [shown, typed] = [0, 0];
  for (const [i, { before, name = "" }] of found.entries()) {
    if (column <= shown + before.length) break;
    const operand = operands[i];
    const label = operand instanceof Tensor && operand.name ? operand.name : String(i);
    shown += before.length + label.length + 3;
    typed += before.length + name.length;
    if (column <= shown) return typed - name.length + 1;
  }
  return typed + column - shown;
}
