/** A piece of Python, and how tightly its outermost operator binds. */
export interface Expression {
  readonly text: string;
  readonly binds: number;
  /** A bare number: it takes the dtype of what it meets. */
  readonly literal?: string | boolean;
}

/** How tightly operators bind, from loose to tight. */
export const binding = { compare: 1, bits: 2, sum: 3, product: 4, sign: 5, atom: 6 } as const;

/** What needs no parentheses anywhere: a name, a call, an index. */
export const atom = (text: string): Expression => ({ text, binds: binding.atom });

/** `f(a, b, …)` */
export const call = (name: string, ...parts: readonly (Expression | string)[]): Expression =>
  atom(`${name}(${parts.map((part) => (typeof part === "string" ? part : part.text)).join(", ")})`);

/** `a op b`, where a chain on the left needs no parentheses and one on the right does. */
export const infix = (operator: string, binds: number, a: Expression, b: Expression): Expression => ({
  text: `${within(a, binds)} ${operator} ${within(b, binds + 1)}`,
  binds,
});

/** The text in parentheses where it binds less than `binds`. */
export const within = ({ text, binds }: Expression, least: number): string =>
  binds < least ? `(${text})` : text;

/** `x.method(…)`, `x[…]` */
export const member = (x: Expression, rest: string): Expression => atom(within(x, binding.atom) + rest);
