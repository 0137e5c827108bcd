import type { Mark, Picture } from "../graph/picture.ts";
import type { Preset } from "../theme.ts";
import { moved } from "./geometry.ts";
import { fontSize, rowSize } from "./measure.ts";
import type { LayPanel } from "./panel-layout.ts";
import { type PlacedPanel, placePanels, sharedBuses, space } from "./placed-panels.ts";
import { layRails, wayOf } from "./routes.ts";
import type { Frame, PlacedMark, Scene } from "./scene.ts";
import { textWidth } from "./typeset.ts";
import { wrapColumns } from "./wrap.ts";

/** From one shared mark to the next below it. */
const ROW = 27;

export interface LayoutOptions {
  /** Between neighbouring lanes. */
  readonly pitch: number;
  /** Room above everything. Default 0. */
  readonly header?: number;
  readonly preset?: Preset;
  /** Wraps many columns in rows, with so much room above each but the first. Default: one row. */
  readonly wrap?: number;
}

/**
 * Gives everything a place. Time columns are laid out once and look the same. Edges between panels leave above, go
 * down beside their panel, along a rail below all panels, and come in from below, `pitch` pixels from each other.
 */
export function layOut(
  picture: Picture,
  layPanel: LayPanel,
  { pitch, header = 0, preset = "d2l", wrap }: LayoutOptions,
): Scene {
  const { panels, shared, edges } = picture;
  const rows = shared.map((mark) => ({ mark, ...rowSize(mark), round: false, inRow: true }));
  const rowsRight = space.margin + rows.reduce((most, { width }) => Math.max(most, width), 0);
  const row = placePanels(picture, layPanel, { pitch, sharedRight: rowsRight, header, preset });
  const rails = layRails(edges, row, row.floor + space.gap, pitch);
  const rowsTop = rails.bottom + space.gap;
  const rowMarks = rows.map((placed, i) => ({
    ...placed,
    x: rowsRight - placed.width / 2,
    y: rowsTop + i * ROW + placed.height / 2,
  }));
  const note = picture.note;
  const starts = new Map(rowMarks.map(({ mark, y }) => [mark, { x: rowsRight, y }]));
  const marks = panels.flatMap((panel, i) => panel.marks.map((mark) => placeMark(mark, row.panels[i]!)));
  const ways = edges.map((edge) => ({ edge, ...wayOf(edge, row, rails, starts, pitch) }));
  const framed = panels.flatMap(({ kind }, i) => (kind === "step" ? i : []));
  const frames = framed.map((i) => frameOf(panels[i]!.title, row.panels[i]!));
  const bottom = rows.length > 0 ? rowsTop + rows.length * ROW : rails.bottom;
  const own =
    row.right + space.margin + (row.above === undefined ? 0 : sharedBuses(row.rails.names).length * pitch);
  const scene: Scene = {
    marks: [...marks, ...rowMarks],
    edges: ways,
    frames,
    width: Math.max(note === undefined ? 0 : textWidth(note, fontSize.title) + 2 * space.margin, own),
    height: bottom + space.margin,
    ...(note !== undefined && { note }),
  };
  const laid =
    wrap === undefined ? scene : wrapColumns({ scene, picture, row, framed }, { pitch, header: wrap });
  return laid === scene ? movedRight(scene, (scene.width - own) / 2) : laid;
}

/** In the middle of a wider picture: its note is longer than it is wide. */
function movedRight(scene: Scene, by: number): Scene {
  if (by <= 0) return scene;
  return {
    ...scene,
    marks: scene.marks.map((mark) => ({ ...mark, x: mark.x + by })),
    edges: scene.edges.map(({ out, rail, into, ...edge }) => ({
      ...edge,
      out: moved(out, by, 0),
      rail: moved(rail, by, 0),
      into: moved(into, by, 0),
    })),
    frames: scene.frames.map((frame) => ({ ...frame, x: frame.x + by, titleX: frame.titleX + by })),
  };
}

function placeMark(mark: Mark, { layout, left, top }: PlacedPanel): PlacedMark {
  const { x, y } = layout.centers.get(mark.key)!;
  return { mark, ...layout.sizes.get(mark.key)!, inRow: false, x: x + left, y: y + top };
}

function frameOf(title: string, { rim, corner }: PlacedPanel): Frame {
  const { left, right, top, bottom } = rim;
  const titleX = corner === "left" ? left + space.pad : right - space.pad;
  const shape = { x: left, y: top, width: right - left, height: bottom - top };
  return { title, ...shape, titleX, corner, titleY: top + space.title - 3 };
}
