/** What a cell is drawn from. */
export interface Part {
  readonly id: string;
  /** A layer of units, a pointwise operation, where lines part or meet, what comes in and goes out. */
  readonly kind: "layer" | "operator" | "dot" | "variable";
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** A line from part to part, around corners. */
export interface Wire {
  readonly from: string;
  readonly to: string;
  readonly corners?: readonly (readonly [x: number, y: number])[];
  /** A name beside the line. */
  readonly label?: readonly [text: string, x: number, y: number];
}

/** A group of parts that a frame points out, with its equations. */
export interface Focus {
  readonly name: string;
  readonly title: string;
  readonly equations: readonly string[];
  readonly parts: readonly string[];
}

export interface CellParts {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Left, top, right and bottom of the cell's frame. */
  readonly frame: readonly [left: number, top: number, right: number, bottom: number];
  readonly parts: readonly Part[];
  readonly wires: readonly Wire[];
  readonly focus: readonly Focus[];
  /** How it is built up, each frame beside those before. Default: by its focus. */
  readonly stages?: readonly Focus[];
}

export const part = (kind: Part["kind"], id: string, label: string, x: number, y: number): Part => ({
  kind,
  id,
  label,
  x,
  y,
});
export const dot = (id: string, x: number, y: number): Part => part("dot", id, "", x, y);
