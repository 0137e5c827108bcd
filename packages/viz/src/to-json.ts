import { checkOptionNames, sourceLine, type Tensor } from "@org/core";
import { type GraphJson, writeGraph } from "./graph/graph-json.ts";
import { drawPicture, marksOf, type PictureOptions } from "./graph/picture.ts";
import { withoutCommonFolder } from "./html/describe-marks.ts";

/**
 * The graph below a tensor, or several, as data: the columns, nodes and edges that `renderSvg` draws, and draws again
 * when they are handed back. Source lines are given without the folder that all of them lie in.
 * @throws RangeError for an `unroll` that is not whole, or below 0
 * @example
 * const w = parameter("w", 2);
 * const { nodes, edges } = toJson(mul(w, square(w)));
 * nodes.map(({ label }) => label); // → ["w", "x²", "⊙", "output"]
 * edges.length; // → 4
 */
export function toJson(tensors: Tensor | readonly Tensor[], options: PictureOptions = {}): GraphJson {
  checkOptionNames("toJson", options, "unroll gradients detail folded parameters");
  const picture = drawPicture([tensors].flat() as Tensor[], options);
  const place = withoutCommonFolder(marksOf(picture));
  return writeGraph(picture, ({ node }) => {
    const line = node && sourceLine(node);
    return line === undefined ? undefined : place(line);
  });
}
