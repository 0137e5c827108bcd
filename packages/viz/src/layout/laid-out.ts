import type { Picture } from "../graph/picture.ts";
import { type GraphvizEngine, LayoutTimeout, loadGraphviz } from "./graphviz.ts";
import { layOutLayers } from "./layer-layout.ts";
import { byGraphviz, type LayPanel } from "./panel-layout.ts";

/** Draws with Graphviz; where that takes longer than it may, in rows, and the picture's note says so. */
export async function withLayout<T>(
  picture: Picture,
  { engine, timeLimit }: { readonly engine?: GraphvizEngine; readonly timeLimit?: number },
  draw: (picture: Picture, layPanel: LayPanel) => T,
): Promise<T> {
  const graphviz = await loadGraphviz(engine, timeLimit);
  try {
    return draw(picture, railsFirst(byGraphviz(graphviz)));
  } catch (error) {
    if (!(error instanceof LayoutTimeout)) throw error;
    const note = [picture.note, "Laid out in rows: Graphviz took longer than timeLimit."]
      .filter(Boolean)
      .join(" ");
    return draw({ ...picture, note }, layOutLayers);
  }
}

/** So many readers of one tensor are drawn along one rail. */
const MANY_READERS = 24;

/** Panels in which one tensor has many readers are laid out in rows: Graphviz would draw as many long lines, slowly. */
const railsFirst =
  (layPanel: LayPanel): LayPanel =>
  (template) => {
    const readers = new Map<string, number>();
    for (const [from] of template.arcs) readers.set(from, (readers.get(from) ?? 0) + 1);
    return Math.max(0, ...readers.values()) > MANY_READERS ? layOutLayers(template) : layPanel(template);
  };
