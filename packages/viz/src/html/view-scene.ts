import { moved } from "../layout/geometry.ts";
import { layOut } from "../layout/lay-out.ts";
import { layOutLayers } from "../layout/layer-layout.ts";
import { fontSize } from "../layout/measure.ts";
import type { LayPanel, PanelLayout, Template } from "../layout/panel-layout.ts";
import type { Scene } from "../layout/scene.ts";
import { textWidth } from "../layout/typeset.ts";
import { text } from "../svg.ts";
import type { Colours, Preset } from "../theme.ts";
import type { FoldedView } from "./fold-view.ts";
import type { View } from "./page-data.ts";
import { type Steps, type Strip, stripHeight } from "./step-strip.ts";

/** A view with all its places, and what stands above the columns. */
export interface ViewScene {
  readonly scene: Scene;
  /** One for each graph. */
  readonly strips: readonly Strip[];
  /** The names of graphs side by side, over each of them. */
  readonly headings: readonly { readonly text: string; readonly x: number; readonly y: number }[];
}

/** Between graphs side by side. */
const BESIDE = 48;
const HEADING = 34;

/** Layers as a layout, each template laid out once. */
export function rememberLayouts(): LayPanel {
  const known = new Map<string, PanelLayout>();
  return (template) => {
    const name = nameOf(template);
    const layout = known.get(name) ?? layOutLayers(template);
    // The sizes hold the keys in their order: equal names are equal templates.
    known.set(name, layout);
    return layout;
  };
}

const nameOf = ({ sizes, arcs, entries, exits, cells, loops }: Template): string =>
  JSON.stringify([
    [...sizes].map(([key, { width, height, round }]) => [key, width, height, round]),
    arcs,
    entries,
    exits,
    cells,
    [...loops],
  ]);

/** Gives a folded view its places: graphs side by side, on one floor. */
export function layOutView(
  view: View,
  { pictures, panels }: FoldedView,
  layPanel: LayPanel,
  preset: Preset,
): ViewScene {
  const columns = panels.map((indices) =>
    indices.map((i) => view.panels[i]!).filter(({ kind }) => kind === "step"),
  );
  const number = (value: number | string | undefined): number | undefined =>
    value === undefined ? undefined : Number(value);
  const steps = columns.map(
    (of): Steps => ({
      norms: of.map(({ norm }) => number(norm)),
      losses: of.map(({ loss }) => number(loss)),
    }),
  );
  const several = pictures.length > 1;
  const heading = several ? HEADING : 0;
  const header = heading + steps.reduce((most, each) => Math.max(most, stripHeight(each)), 0);
  const scenes = pictures.map((picture) => {
    const pitch = picture.edges.some(({ gradient }) => gradient) ? 11 : 8;
    return layOut(picture, layPanel, { pitch, header, preset });
  });
  const stripsOf = (drawn: readonly Scene[], tops: readonly number[]): Strip[] =>
    drawn.map(({ frames }, i) => ({ ...steps[i]!, frames, top: tops[i]! + heading }));
  if (!several) return { scene: scenes[0]!, strips: stripsOf(scenes, [0]), headings: [] };
  const height = scenes.reduce((most, scene) => Math.max(most, scene.height), 0);
  const widths = scenes.map(({ width }, i) =>
    Math.max(width, textWidth(view.parts[i]!, fontSize.title * 1.4) + 40),
  );
  let left = 0;
  const lefts = widths.map((width) => {
    left += width + BESIDE;
    return left - width - BESIDE;
  });
  const tops = scenes.map((scene) => height - scene.height);
  const together = scenes.map((scene, i) => shifted(scene, lefts[i]!, tops[i]!));
  return {
    scene: {
      marks: together.flatMap(({ marks }) => marks),
      edges: together.flatMap(({ edges }) => edges),
      frames: together.flatMap(({ frames }) => frames),
      width: left - BESIDE,
      height,
    },
    strips: stripsOf(together, tops),
    headings: view.parts.map((text, i) => ({ text, x: lefts[i]! + widths[i]! / 2, y: tops[i]! + 26 })),
  };
}

function shifted({ marks, edges, frames, ...rest }: Scene, dx: number, dy: number): Scene {
  return {
    ...rest,
    marks: marks.map((mark) => ({ ...mark, x: mark.x + dx, y: mark.y + dy })),
    edges: edges.map((edge) => ({
      ...edge,
      out: moved(edge.out, dx, dy),
      rail: moved(edge.rail, dx, dy),
      into: moved(edge.into, dx, dy),
    })),
    frames: frames.map((frame) => ({
      ...frame,
      x: frame.x + dx,
      y: frame.y + dy,
      titleX: frame.titleX + dx,
      titleY: frame.titleY + dy,
    })),
  };
}

/** The names of graphs that stand side by side, above them. */
export const writeHeadings = (headings: ViewScene["headings"], colours: Colours): string[] =>
  headings.map(({ text: name, x, y }) => text(name, { x, y }, fontSize.title * 1.4, colours.ink));
