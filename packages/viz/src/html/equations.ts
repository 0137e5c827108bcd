import type { Edge, Mark } from "../graph/picture.ts";

/** How deep operators without a name are written out. */
const DEPTH = 5;
const MAX_LENGTH = 120;

/** A piece of an equation, and how tight its last sign binds. */
interface Term {
  readonly text: string;
  readonly tight: number;
}

const ATOM = 9;

/** How tight the signs bind that stand between two operands: as in core's `math`. */
const tightness: Readonly<Record<string, number>> = {
  "∨": 1,
  "∧": 1,
  "=": 2,
  "≠": 2,
  "<": 2,
  "≤": 2,
  ">": 2,
  "≥": 2,
  "+": 3,
  "−": 3,
  "⊙": 4,
  "÷": 4,
  "×": 4,
  "@": 4,
  "^": 6,
};

const atom = (text: string): Term => ({ text, tight: ATOM });

/** Each mark's equation, operators without a name written out: `s₀ = tanh(x₀ @ U + s₋₁ @ W + b)`. */
export function equationsOf(edges: readonly Edge[]): (mark: Mark) => string | undefined {
  const operands = new Map<Mark, Mark[]>();
  for (const { from, to } of edges) {
    const known = operands.get(to);
    if (known) known.push(from);
    else operands.set(to, [from]);
  }
  const write = (mark: Mark, depth: number): Term =>
    termOf(mark, (operands.get(mark) ?? []).map(nested(depth - 1)));
  const nested =
    (depth: number) =>
    (mark: Mark): Term =>
      mark.kind !== "operator" ? atom(mark.label) : depth === 0 ? atom("…") : write(mark, depth);
  return (mark) => {
    if (!operands.has(mark) || mark.kind === "more" || mark.kind === "loop" || isGathering(mark))
      return undefined;
    const left = mark.kind === "operator" ? "" : `${mark.label} = `;
    for (let depth = DEPTH; depth > 1; depth--) {
      const { text } = write(mark, depth);
      if (text.length <= MAX_LENGTH) return left + text;
    }
    return left + write(mark, 1).text;
  };
}

/** A stack of all steps: no equation of a few operands. */
const isGathering = ({ node, kind }: Mark): boolean => kind === "operator" && node === undefined;

function termOf(mark: Mark, operands: readonly Term[]): Term {
  const op = mark.node?.op.name;
  const [first] = operands;
  if (op === undefined || op === "identity" || !first) return first ?? atom(mark.label);
  const sign = mark.kind === "operator" ? mark.label : op;
  if (operands.length > 1) return between(sign, operands);
  if (op === "square") return { text: `${within(first, 7)}²`, tight: 6 };
  if (op === "transpose") return { text: `${within(first, 7)}ᵀ`, tight: 8 };
  if (op === "abs") return atom(`|${first.text}|`);
  if (op === "neg") return { text: `−${within(first, 5)}`, tight: 3 };
  // A number that became part of the sign: "1 −" stands before the operand, "÷ 32" behind.
  const [before, after] = sign.split(" ") as [string, string?];
  if (after !== undefined && after in tightness) return between(after, [atom(before), first]);
  if (after !== undefined && before in tightness) return between(before, [first, atom(after)]);
  return before in tightness ? between(before, [first, first]) : call(sign, operands);
}

/** Operands with a sign between them, or in the parentheses of a function. */
function between(sign: string, operands: readonly Term[]): Term {
  const tight = tightness[sign];
  if (tight === undefined) return call(sign, operands);
  // Sums and products of more operands read from left to right, and so do operands further left.
  return {
    text: operands.map((term, i) => within(term, i === 0 ? tight : tight + 1)).join(` ${sign} `),
    tight,
  };
}

const within = ({ text, tight }: Term, least: number): string => (tight < least ? `(${text})` : text);

const call = (name: string, operands: readonly Term[]): Term =>
  atom(`${name}(${operands.map(({ text }) => text).join(", ")})`);
