import { evaluate, type Shape, type Tensor } from "@org/core";

/** Signs of ops, as they stand in equations. Other ops go by their names. */
const signs: Readonly<Record<string, string>> = {
  add: "+",
  sub: "−",
  mul: "⊙",
  div: "÷",
  neg: "−",
  pow: "xʸ",
  square: "x²",
  sqrt: "√",
  rsqrt: "1/√",
  abs: "|x|",
  matmul: "@",
  sum: "Σ",
  sigmoid: "σ",
  transpose: "xᵀ",
  equal: "=",
  notEqual: "≠",
  less: "<",
  lessEqual: "≤",
  greater: ">",
  greaterEqual: "≥",
  logicalAnd: "∧",
  logicalOr: "∨",
  logicalNot: "¬",
  stopGradient: "stop",
};

/** Ops that only arrange or convert: a picture shows what goes through them, not them. */
const arranging = new Set(["reshape", "broadcastTo", "cast", "identity"]);

/** Ops of two operands that are read with a number on one side: `1 −`, `÷ 32`. */
const infix = new Set(["add", "sub", "mul", "div", "pow"]);

export const isArranging = (name: string): boolean => arranging.has(name);
export const isInfix = (name: string): boolean => infix.has(name);
export const signOf = (name: string): string => signs[name] ?? name;

/** `1 step`, `1,024 steps`. */
export const several = (count: number, word: string): string =>
  `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** `[32, 128]` as `32×128`; nothing for a scalar. */
export const showShape = (shape: Shape): string => shape.join("×");

/** The shape of some rows of a tensor; of a single one, without the first axis. */
export function partShape(shape: Shape, [from, to]: readonly [from: number, to: number]): Shape {
  return to - from === 1 ? shape.slice(1) : [to - from, ...shape.slice(1)];
}

/** What a constant holds, where that can be said in a word. */
export function uniformValue(constant: Tensor): string | undefined {
  const { data } = evaluate(constant);
  const [first] = data;
  if (first === undefined) return undefined;
  return data.every((value: number) => Object.is(value, first)) ? showNumber(first) : undefined;
}

const showNumber = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toPrecision(4))).replace("-", "−");

/** A name with an index below: `h` at −1 is `h₋₁`; `hₜ` at any step, `hₜ₋₁` at the one before; `x₀,₂` in an inner loop. */
export const subscripted = (name: string, index: number | "t" | "t-1" | "t+1"): string =>
  name +
  (/[₀-₉]$/.test(name) ? "," : "") +
  (typeof index === "string" ? { t: "ₜ", "t-1": "ₜ₋₁", "t+1": "ₜ₊₁" }[index] : digits(index));

const digits = (index: number): string =>
  String(index).replace(/./g, (sign) => (sign === "-" ? "₋" : "₀₁₂₃₄₅₆₇₈₉"[Number(sign)]!));

/** A state's name without the 0 of its initial value: `h0` → `h`. */
export const stateName = (name: string): string => name.replace(/_?0$/, "") || name;
