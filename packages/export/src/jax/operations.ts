/**
 * Each op as a Python expression. Loops, checkpoints and leaves are statements: `program.ts` prints them.
 * Where XLA or NumPy mean something else than the library, the difference is written out here.
 */
import type { Node, Shape } from "@org/core";
import type { AttributesOf, OpName, Window } from "@org/core/ops";
import { atom, binding, call, type Expression, infix, member, within } from "./expression.ts";
import { jaxType, list, number, tuple } from "./literals.ts";

/** Printed by `program.ts`: they bind names, or have bodies. */
type Statement = "checkpoint" | "constant" | "input" | "parameter" | "placeholder" | "scan";

type Print<Name extends OpName> = (
  operands: readonly Expression[],
  attributes: AttributesOf<Name>,
  node: Node,
) => Expression;

const same: Print<OpName> = ([x]) => x!;
const sum: (operator: string) => Print<OpName> =
  (operator) =>
  ([a, b]) =>
    infix(operator, binding.sum, a!, b!);
const product: (operator: string) => Print<OpName> =
  (operator) =>
  ([a, b]) =>
    infix(operator, binding.product, a!, b!);
const compared: (operator: string) => Print<OpName> =
  (operator) =>
  ([a, b]) => ({
    // Python chains comparisons: both sides are closed.
    text: `${within(a!, binding.bits)} ${operator} ${within(b!, binding.bits)}`,
    binds: binding.compare,
  });
const bits: (operator: string) => Print<OpName> =
  (operator) =>
  ([a, b]) =>
    infix(operator, binding.bits, a!, b!);
const named: (name: string) => Print<OpName> = (name) => (operands) => call(name, ...operands);

/** `axis=0`, `axis=(0, 1)`; nothing for all of them. */
const axes = (of: readonly number[], { inputs }: Node): string[] => {
  if (of.length === inputs[0]!.shape.length) return [];
  return [`axis=${of.length === 1 ? of[0] : tuple(of)}`];
};

const dtypeOf = (node: Node) => node.results[0]!.dtype;

/** `[1:3, ::2]`, or undefined where that is not how a box reads. */
function ranges(x: Shape, starts: readonly number[], sizes: Shape, strides: readonly number[]): string {
  const parts = sizes.map((size, axis) => {
    const [start, stride] = [starts[axis]!, strides[axis]!];
    const stop = size === 0 ? start : start + (size - 1) * stride + 1;
    const from = start === 0 ? "" : String(start);
    const to = stop === x[axis] ? "" : String(stop);
    return `${from}:${to}${stride === 1 ? "" : `:${stride}`}`;
  });
  while (parts.length > 1 && parts.at(-1) === ":") parts.pop();
  return `[${parts.join(", ")}]`;
}

/** Row and column of every element of every window, as indices that broadcast to [h′, kh, w′, kw]. */
function places({ size, stride, dilation }: Window, shape: Shape): string {
  const along = (axis: 0 | 1): string =>
    `_windows(${shape[axis + 1]}, ${stride[axis]}, ${size[axis]}, ${dilation[axis]})`;
  return `[:, :, ${along(0)}[:, :, None, None], ${along(1)}]`;
}

/** `start, start + step, …`, counted in integers or doubles. */
const counting = (start: number, step: number, length: number): string => {
  const from = start === 0 ? "" : `${start} + `;
  return `${from}np.arange(${length})${step === 1 ? "" : ` * ${step}`}`;
};

/** Sums of `i32` stay `i32` where 64 bits are enabled, and wrap. */
const keptInteger = (node: Node): string[] => (dtypeOf(node) === "i32" ? ["dtype=jnp.int32"] : []);

const extreme: (name: string) => Print<"max" | "min"> =
  (name) =>
  ([x], { axes: over }, node) =>
    call(name, x!, ...axes(over, node));

const position: (name: string) => Print<"argmax" | "argmin"> =
  (name) =>
  ([x], { axis }) =>
    member(call(name, x!, `axis=${axis}`), ".astype(jnp.int32)");

export const operations: { readonly [Name in Exclude<OpName, Statement>]: Print<Name> } = {
  abs: named("jnp.abs"),
  add: sum("+"),
  arange: (_, { start, step, length, dtype }) =>
    call("jnp.asarray", counting(start, step, length), jaxType(dtype)),
  argmax: position("jnp.argmax"),
  argmin: position("jnp.argmin"),
  argsort: ([x], { axis, descending }) =>
    member(
      call("jnp.argsort", x!, `axis=${axis}`, "stable=True", ...(descending ? ["descending=True"] : [])),
      ".astype(jnp.int32)",
    ),
  atan: named("jnp.arctan"),
  atan2: named("jnp.arctan2"),
  broadcastTo: ([x], { shape }) => call("jnp.broadcast_to", x!, tuple([...shape])),
  cast: ([x], { dtype }, { inputs }) => {
    const from = inputs[0]!.dtype;
    if (dtype === "bool") return { text: `${within(x!, binding.bits)} != 0`, binds: binding.compare };
    if (dtype === "i32" && from !== "bool") return call("_to_int32", x!);
    return member(x!, `.astype(${jaxType(dtype)})`);
  },
  concat: (parts, { axis }) =>
    call("jnp.concatenate", list(parts.map(({ text }) => text)), ...(axis === 0 ? [] : [`axis=${axis}`])),
  cos: named("jnp.cos"),
  cumsum: ([x], { axis }, node) => call("jnp.cumsum", x!, `axis=${axis}`, ...keptInteger(node)),
  customGradient: same,
  div: product("/"),
  // A start below 0 is moved inside; JAX would count it from the end.
  dynamicSlice: ([x, starts], { sizes }) =>
    call("lax.dynamic_slice", x!, call("_starts", starts!), tuple([...sizes])),
  dynamicUpdateSlice: ([x, update, starts]) =>
    call("lax.dynamic_update_slice", x!, update!, call("_starts", starts!)),
  equal: compared("=="),
  erf: named("lax.erf"),
  exp: named("jnp.exp"),
  expm1: named("jnp.expm1"),
  flip: ([x], { axes: over }, node) => call("jnp.flip", x!, ...axes(over, node)),
  floor: named("jnp.floor"),
  greater: compared(">"),
  greaterEqual: compared(">="),
  identity: same,
  isFinite: named("jnp.isfinite"),
  less: compared("<"),
  lessEqual: compared("<="),
  log: named("jnp.log"),
  log1p: named("jnp.log1p"),
  logGamma: named("lax.lgamma"),
  logicalAnd: bits("&"),
  logicalNot: ([x]) => ({ text: `~${within(x!, binding.sign)}`, binds: binding.sign }),
  logicalOr: bits("|"),
  matmul: product("@"),
  max: extreme("jnp.max"),
  maximum: named("jnp.maximum"),
  min: extreme("jnp.min"),
  minimum: named("jnp.minimum"),
  mod: named("jnp.mod"),
  mul: product("*"),
  neg: ([x]) => ({ text: `-${within(x!, binding.sign)}`, binds: binding.sign }),
  notEqual: compared("!="),
  pad: ([x], { before, after, between, value }, node) => {
    const widths = before.map((width, axis) => tuple([width, after[axis]!, between[axis]!]));
    return call(
      "lax.pad",
      x!,
      `jnp.array(${number(value, dtypeOf(node))}, ${jaxType(dtypeOf(node))})`,
      list(widths),
    );
  },
  patches: ([x], window, node) =>
    call("jnp.transpose", member(x!, places(window, node.results[0]!.shape)), "(0, 2, 4, 1, 3, 5)"),
  polygamma: ([x], { order }) =>
    order === 0 ? call("lax.digamma", x!) : call("jax.scipy.special.polygamma", String(order), x!),
  pow: named("jnp.power"),
  randomBits: ([key], { shape }) => call("_bits", key!, tuple([...shape])),
  randomUnit: ([key], { shape, dtype }) => call("_unit", key!, tuple([...shape]), jaxType(dtype)),
  relu: ([x]) => call("jnp.maximum", x!, "0"),
  reshape: ([x], { shape }) =>
    member(x!, shape.length === 1 ? `.reshape(${shape[0]})` : `.reshape${tuple([...shape])}`),
  round: named("jnp.round"),
  rsqrt: named("lax.rsqrt"),
  scatterAdd: ([x, indices, updates]) => member(x!, `.at[${indices!.text}].add(${updates!.text})`),
  sigmoid: named("jax.nn.sigmoid"),
  sign: named("jnp.sign"),
  sin: named("jnp.sin"),
  slice: ([x], { starts, sizes, strides }, { inputs }) =>
    member(x!, ranges(inputs[0]!.shape, starts, sizes, strides)),
  softplus: named("jax.nn.softplus"),
  sqrt: named("jnp.sqrt"),
  square: named("jnp.square"),
  stopGradient: same,
  sub: sum("-"),
  sum: ([x], { axes: over }, node) => call("jnp.sum", x!, ...axes(over, node), ...keptInteger(node)),
  take: ([x, indices]) => member(x!, `[${indices!.text}]`),
  tanh: named("jnp.tanh"),
  transpose: ([x], { permutation }) => {
    const flips = permutation.length === 2 && permutation[0] === 1;
    return flips ? member(x!, ".T") : call("jnp.transpose", x!, tuple([...permutation]));
  },
  unpatches: ([x], { images, ...window }, { inputs }) => {
    const zeros = `jnp.zeros(${tuple([...images])}, ${jaxType(inputs[0]!.dtype)})`;
    const spread = call("jnp.transpose", x!, "(0, 3, 1, 4, 2, 5)").text;
    return atom(`${zeros}.at${places(window, inputs[0]!.shape)}.add(${spread})`);
  },
  where: named("jnp.where"),
};
