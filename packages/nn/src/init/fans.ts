import { checkOptionNames, defaultDType, type NDArray, type OptionKind } from "@org/core";
import { normal, uniform } from "./distributions.ts";
import { checkInit, type FanOptions, type InitOptions, rowsAndColumns, type Size } from "./shape.ts";

const pair: OptionKind = {
  text: "two finite numbers above 0",
  holds: (fans) =>
    Array.isArray(fans) && fans.length === 2 && fans.every((fan) => Number.isFinite(fan) && fan > 0),
};

/** At least 1: a shape without elements has no weights that could be too large. */
function fansOf(op: string, shape: Size, options: FanOptions): readonly [number, number] {
  const { fans, dtype = defaultDType() } = checkOptionNames(op, options, "fans seed dtype");
  checkInit(op, shape, dtype, { ...(fans !== undefined && { fans: [fans, pair] }) });
  if (fans) return fans;
  const [rows, columns] = rowsAndColumns(op, shape);
  return [Math.max(rows, 1), Math.max(columns, 1)];
}

/** What every initialiser takes. */
const own = ({ seed, dtype = defaultDType() }: FanOptions): InitOptions => ({ seed, dtype });

/** Uniform with this variance: on ±√(3 variance). */
const uniformOf = (shape: Size, options: FanOptions, variance: number): NDArray => {
  const bound = Math.sqrt(3 * variance);
  return uniform(shape, { ...own(options), low: -bound, high: bound });
};

const normalOf = (shape: Size, options: FanOptions, variance: number): NDArray =>
  normal(shape, { ...own(options), scale: Math.sqrt(variance) });

/**
 * Uniform on ±√(6 / (rows + columns)), which keeps the variance of what passes forward and back alike.
 * Shapes: `[..., rows, columns]`
 * Source: Glorot & Bengio 2010, equation 16.
 * @example
 * init.glorotUniform([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export function glorotUniform(shape: Size, options: FanOptions): NDArray {
  const [inputs, outputs] = fansOf("glorotUniform", shape, options);
  const bound = Math.sqrt(6 / (inputs + outputs));
  return uniform(shape, { ...own(options), low: -bound, high: bound });
}

/**
 * Normal with the variance 2 / (rows + columns), that of `glorotUniform`.
 * Shapes: `[..., rows, columns]`
 * Source: Glorot & Bengio 2010, equation 12.
 * @example
 * init.glorotNormal([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export function glorotNormal(shape: Size, options: FanOptions): NDArray {
  const [inputs, outputs] = fansOf("glorotNormal", shape, options);
  return normalOf(shape, options, 2 / (inputs + outputs));
}

/**
 * Uniform with the variance 2 / rows, which keeps the size of what passes forward through ReLU.
 * Shapes: `[..., rows, columns]`
 * Source: He, Zhang, Ren & Sun 2015, equation 10, as a uniform distribution.
 * @example
 * init.heUniform([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export const heUniform = (shape: Size, options: FanOptions): NDArray =>
  uniformOf(shape, options, 2 / fansOf("heUniform", shape, options)[0]);

/**
 * Normal with the variance 2 / rows, which keeps the size of what passes forward through ReLU.
 * Shapes: `[..., rows, columns]`
 * Source: He, Zhang, Ren & Sun 2015, equation 10.
 * @example
 * init.heNormal([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export const heNormal = (shape: Size, options: FanOptions): NDArray =>
  normalOf(shape, options, 2 / fansOf("heNormal", shape, options)[0]);

/**
 * Uniform with the variance 1 / rows, which keeps the size of what passes forward through SELU or a linear layer.
 * Shapes: `[..., rows, columns]`
 * Source: LeCun, Bottou, Orr & Müller 1998, equation 16, as a uniform distribution.
 * @example
 * init.lecunUniform([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export const lecunUniform = (shape: Size, options: FanOptions): NDArray =>
  uniformOf(shape, options, 1 / fansOf("lecunUniform", shape, options)[0]);

/**
 * Normal with the variance 1 / rows, which keeps the size of what passes forward through SELU or a linear layer.
 * Shapes: `[..., rows, columns]`
 * Source: LeCun, Bottou, Orr & Müller 1998, equation 16. JAX truncates it; we don't.
 * @example
 * init.lecunNormal([2, 4], { seed: 1 }).shape; // → [2, 4]
 */
export const lecunNormal = (shape: Size, options: FanOptions): NDArray =>
  normalOf(shape, options, 1 / fansOf("lecunNormal", shape, options)[0]);
