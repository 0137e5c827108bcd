import type { Tensor } from "@org/core";
import { drawPicture, type PictureOptions } from "./graph/picture.ts";
import { loadGraphviz } from "./layout/graphviz.ts";
import { layOut } from "./layout/scene.ts";
import { writeSvg } from "./svg.ts";

/**
 * The graph below a tensor, or several, as SVG text: operators in circles, variables in squares, parameters in shaded
 * squares, shapes below them. With `unroll`, the first steps of every loop stand in columns in the order of time,
 * parameters are drawn once, and what comes after a loop stands behind its last column. The same graph gives the same
 * bytes. Laid out by Graphviz, which is loaded at the first call.
 * @throws RangeError for an `unroll` that is not whole, or below 0
 * @example
 * const w = parameter("w", 2);
 * const svg = await renderSvg(mul(w, square(w)), { gradients: true });
 * svg.startsWith("<svg"); // → true
 */
export async function renderSvg(
  tensors: Tensor | readonly Tensor[],
  options: PictureOptions = {},
): Promise<string> {
  const picture = drawPicture([tensors].flat() as Tensor[], options);
  return writeSvg(layOut(picture, await loadGraphviz(), options.gradients ? 11 : 8));
}
