import type { Preset } from "../src/theme.ts";
import { themeOf } from "../src/theme.ts";
import { Camera } from "./camera.ts";
import { CanvasSurface } from "./canvas-surface.ts";
import { byId } from "./elements.ts";
import type { Picture } from "./picture.ts";
import { type Area, areaOf, type Drawing, type Surface } from "./surface.ts";
import { SvgSurface, svgOf } from "./svg-surface.ts";

/** Beyond as many marks a picture is drawn on a canvas. */
const MOST_ELEMENTS = 1000;

/** Where the picture that is shown is drawn, and from where it is seen. */
export class Stage {
  readonly element: HTMLElement = byId("stage");
  readonly camera: Camera;
  readonly #holder = byId("picture");
  readonly #preset: Preset;
  readonly #svg = new SvgSurface(this.#holder);
  readonly #canvas = new CanvasSurface(this.#holder);
  #surface: Surface = this.#svg;
  #picture: Picture;
  #areas = new Map<string, Area>();
  /** Paper is light. */
  #onPaper = false;

  constructor(preset: Preset, picture: Picture) {
    this.#picture = picture;
    this.#preset = preset;
    this.camera = new Camera(this.element, (place) => this.#surface.look(place));
    this.#holder.append(this.#svg.element);
  }

  get dark(): boolean {
    if (this.#onPaper) return false;
    const { theme } = document.documentElement.dataset;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  /** Draws a picture, its marks moving from where they were. */
  draw(picture: Picture, moving = false): void {
    this.#picture = picture;
    const drawing = this.#drawing();
    const { marks } = drawing.scene;
    this.#areas = new Map(marks.map((placed) => [placed.mark.id, areaOf(placed)]));
    const surface = marks.length > MOST_ELEMENTS ? this.#canvas : this.#svg;
    if (surface !== this.#surface) this.#surface.rest();
    this.#surface = surface;
    this.camera.size = drawing.scene;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#surface.draw(drawing, moving && !calm);
    this.#surface.look(this.camera.place);
    this.repaint();
  }

  repaint(): void {
    const { mark, line, norm } = this.#picture.look();
    const focused = this.#picture.focused;
    this.#holder.classList.toggle("focused", focused);
    this.#surface.paint(mark, line, norm);
  }

  /** What fits, or a good beginning of it. */
  begin(): void {
    const { headings, strips } = this.#picture.drawn;
    const above = [
      ...headings.map(({ x, y }): Area => ({ x: x - 30, y: y - 20, width: 60, height: 26 })),
      ...strips.flatMap(({ frames, top }) =>
        frames.map(({ x, width }): Area => ({ x, y: top + 14, width, height: 38 })),
      ),
    ];
    this.camera.begin([...above, ...this.#areas.values()]);
  }

  areaOf(id: string | undefined): Area | undefined {
    return id === undefined ? undefined : this.#areas.get(id);
  }

  idAt(event: Event): string | undefined {
    return this.#surface.idAt(event);
  }

  focus(id: string | undefined): void {
    if (id !== undefined) this.#surface.focus(id);
  }

  /** The picture as it is now, as SVG text. */
  text(): string {
    return svgOf(this.#drawing(), (id) => this.#picture.colourOf(id));
  }

  /** Draws the whole picture in light colours, for paper, and back. */
  print(on: boolean): void {
    this.#onPaper = on;
    this.draw(this.#picture);
    this.camera.measure();
    const { width, height } = this.camera.place;
    if (on) this.#surface.look({ x: 0, y: 0, scale: Math.min(...this.#scales()), width, height });
    else this.camera.fit();
  }

  #scales(): number[] {
    const { width, height } = this.#picture.drawn.scene;
    return [this.#holder.clientWidth / width, this.#holder.clientHeight / height];
  }

  #drawing(): Drawing {
    return this.#picture.drawing(themeOf({ preset: this.#preset, dark: this.dark }));
  }
}
