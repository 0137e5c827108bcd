import type { Tensor } from "../graph/tensor.ts";
import { mul } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { type Operand, resolveAxis, toTensor } from "../ops/operand.ts";
import { toFloat } from "../ops/promotion.ts";
import { reshape } from "../ops/reshape.ts";
import { checkOptionNames } from "../option-names.ts";
import { stack } from "./arrangement.ts";
import { associativeScan } from "./associative-scan.ts";
import { logSumExp } from "./statistics.ts";

/** The axis of a running function; without one, the flattened tensor's. */
function along(op: string, x: Tensor, axis: number | undefined): { operand: Tensor; axis: number } {
  const operand = axis === undefined ? reshape(x, [-1]) : x;
  return { operand, axis: resolveAxis(op, operand, axis ?? 0) };
}

/**
 * Running product along an axis: `yᵢ = x₀ · … · xᵢ`; over the flattened tensor by default. Booleans are `i32`.
 * Shapes:   `x [...s]` → `[...s]`, or flat without `axis`
 * Gradient: exact where factors are zero
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(cumprod([1, 2, 3, 4])); // → [1, 2, 6, 24]
 */
export function cumprod(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis } = checkOptionNames("cumprod", options, "axis");
  const given = toTensor("cumprod", x);
  const counted = given.dtype === "bool" ? cast(given, "i32") : given;
  const row = along("cumprod", counted, axis);
  return associativeScan<Tensor>((a, b) => mul(a as Tensor, b as Tensor), row.operand, {
    axis: row.axis,
  }) as Tensor;
}

/**
 * `yᵢ = ln (e^x₀ + … + e^xᵢ)` along an axis, without overflow; over the flattened tensor by default.
 * Shapes:   `x [...s]` → `[...s]`, or flat without `axis`
 * Gradient: `gxⱼ = Σ gᵢ e^(xⱼ - yᵢ)` over `i ≥ j`
 * @throws ShapeError for an unknown axis
 * @example
 * evaluate(logCumSumExp([0, 0, 1000])); // → [0, 0.6931472, 1000]
 */
export function logCumSumExp(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const { axis } = checkOptionNames("logCumSumExp", options, "axis");
  const row = along("logCumSumExp", toFloat("logCumSumExp", x), axis);
  const sum = (a: Tensor, b: Tensor): Tensor => logSumExp(stack([a, b]), { axis: 0 });
  return associativeScan<Tensor>((a, b) => sum(a as Tensor, b as Tensor), row.operand, {
    axis: row.axis,
  }) as Tensor;
}
