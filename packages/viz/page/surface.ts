import type { ViewScene } from "../src/html/view-scene.ts";
import type { Theme } from "../src/theme.ts";

/** A rectangle in a picture. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What is seen: from which point of the picture, in how many pixels per unit, on a stage of how many pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

/** How a mark looks beside what it is: chosen, found, coloured. */
export interface Look {
  /** Of `chosen up down way between hit current pale`. */
  readonly classes: readonly string[];
  readonly fill?: string;
  readonly ink?: string;
}

/** What is drawn, and how. */
export interface Drawing extends ViewScene {
  readonly theme: Theme;
  /** What each mark is, for a screen reader, by id. */
  readonly spoken: (id: string) => string;
}

/** Where a picture is drawn: as SVG, or on a canvas where there are thousands of marks. */
export interface Surface {
  readonly element: Element;
  draw(drawing: Drawing, moving: boolean): void;
  look(place: Place): void;
  /** Another surface draws: nothing more is done here. */
  rest(): void;
  /** Gives marks, lines, by their ends, and norms of steps how they look. */
  paint(
    mark: (id: string) => Look,
    line: (from: string, to: string) => string,
    norm: (norm: number) => Omit<Look, "classes"> | undefined,
  ): void;
  /** The id of the mark that an event happened on. */
  idAt(event: Event): string | undefined;
  focus(id: string): void;
}

export const areaOf = ({ x, y, width, height }: Area): Area => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});
