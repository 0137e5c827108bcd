import type { Edge, Mark } from "../graph/picture.ts";
import type { Point } from "./geometry.ts";
import type { MarkSize, Size } from "./measure.ts";
import type { Way } from "./routes.ts";

/** A mark with its place; `x, y` is its centre. */
export interface PlacedMark extends Point, MarkSize {
  readonly mark: Mark;
  /** Whether label and caption stand side by side. */
  readonly inRow: boolean;
}

export interface PlacedEdge extends Way {
  readonly edge: Edge;
}

/** Around a time column; `x, y` is its upper left corner. */
export interface Frame extends Point, Size {
  readonly title: string;
  /** Where the title's line stands, and from which of the upper corners it is written. */
  readonly titleY: number;
  readonly titleX: number;
  readonly corner: "left" | "right";
  /** Where columns are wrapped, in all rows but the first: the foot of what stands above the row. */
  readonly above?: number;
}

/** A picture with all its places. */
export interface Scene extends Size {
  readonly marks: readonly PlacedMark[];
  readonly edges: readonly PlacedEdge[];
  readonly frames: readonly Frame[];
  /** What the picture leaves out. */
  readonly note?: string;
}
