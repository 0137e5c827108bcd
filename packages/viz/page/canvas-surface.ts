import { say } from "../src/html/words.ts";
import { fontSize } from "../src/layout/measure.ts";
import type { Way } from "../src/layout/routes.ts";
import type { PlacedEdge, PlacedMark } from "../src/layout/scene.ts";
import { pathOf, wayBack } from "../src/svg.ts";
import type { Colours } from "../src/theme.ts";
import { arrowHead, colourOf, drawMark, type Tip, write } from "./canvas-marks.ts";
import { Grid } from "./grid.ts";
import { type Area, areaOf, type Drawing, type Look, type Place, type Surface } from "./surface.ts";
import { words } from "./words.ts";

/** Of a tile, in pixels of the screen. */
const TILE = 512;
const MOST_TILES = 160;
/** Tiles are drawn for this long in one frame; the others follow in the next. */
const BUDGET = 9;

interface Line {
  readonly from: string;
  readonly to: string;
  /** Made when a tile first shows it. */
  path?: Path2D;
  readonly way: Way;
  readonly area: Area;
  readonly colour: keyof Colours;
  readonly tip: Tip;
}

/** Draws on tiles that stay what they are while the picture is moved. */
export class CanvasSurface implements Surface {
  readonly element: HTMLCanvasElement;
  readonly #holder: HTMLElement;
  #drawing: Drawing | undefined;
  #marks: readonly PlacedMark[] = [];
  #lines: readonly Line[] = [];
  /** Where marks lie, and lines. */
  #grids: { readonly marks: Grid; readonly lines: Grid } | undefined;
  #looks = new Map<string, Look>();
  #lineOf: (from: string, to: string) => string = () => "";
  #tiles = new Map<string, HTMLCanvasElement>();
  /** What was seen when it was drawn: one image, of no more than that. */
  #view: { readonly image: HTMLCanvasElement; readonly place: Place } | undefined;
  #place: Place = { x: 0, y: 0, scale: 1, width: 1, height: 1 };
  #frame = 0;

  constructor(holder: HTMLElement) {
    this.#holder = holder;
    this.element = document.createElement("canvas");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "img");
  }

  draw(drawing: Drawing): void {
    const { scene } = drawing;
    this.#drawing = drawing;
    this.#marks = scene.marks;
    const places = new Map(scene.marks.map((placed) => [placed.mark, placed]));
    this.#lines = scene.edges.flatMap((placed) => linesOf(placed, places));
    const lines = this.#lines.map(({ area }) => area);
    this.#grids = { marks: new Grid(scene.marks.map(areaOf)), lines: new Grid(lines) };
    this.#forget();
    const label = say(words().onCanvas, { n: scene.marks.length });
    this.element.setAttribute("aria-label", label);
    if (this.element.parentElement !== this.#holder) this.#holder.replaceChildren(this.element);
    this.#later();
  }

  look(place: Place): void {
    this.#place = place;
    this.#later();
  }

  rest(): void {
    cancelAnimationFrame(this.#frame);
    this.#forget();
  }

  paint(...[mark, line]: Parameters<Surface["paint"]>): void {
    this.#looks = new Map(this.#marks.map((placed) => [placed.mark.id, mark(placed.mark.id)]));
    this.#lineOf = line;
    this.#forget();
    this.#later();
  }

  idAt(event: Event): string | undefined {
    if (!(event instanceof MouseEvent) || !this.#grids) return undefined;
    const { left, top } = this.element.getBoundingClientRect();
    const { x, y, scale } = this.#place;
    const at = {
      x: x + (event.clientX - left) / scale,
      y: y + (event.clientY - top) / scale,
      width: 0,
      height: 0,
    };
    return this.#grids.marks
      .within(at)
      .map((i) => this.#marks[i]!)
      .find((placed) => meets(areaOf(placed), at))?.mark.id;
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  #forget(): void {
    this.#tiles.clear();
    this.#view = undefined;
  }

  #later(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  #show(): void {
    const { x, y, scale, width: clientWidth, height: clientHeight } = this.#place;
    const ratio = devicePixelRatio;
    const { element } = this;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (element.width !== width || element.height !== height) {
      element.width = width;
      element.height = height;
    }
    const context = element.getContext("2d")!;
    context.fillStyle = this.#drawing?.theme.colours.paper ?? "#ffffff";
    context.fillRect(0, 0, width, height);
    if (!this.#view) {
      const image = this.#draw(
        { x, y, width: clientWidth / scale, height: clientHeight / scale },
        width,
        height,
      );
      this.#view = { image, place: this.#place };
    }
    // Where the picture has been moved since, tiles come over what was seen, as they are made.
    const { image, place } = this.#view;
    const zoomed = scale / place.scale;
    context.drawImage(
      image,
      Math.round((place.x - x) * scale * ratio),
      Math.round((place.y - y) * scale * ratio),
      image.width * zoomed,
      image.height * zoomed,
    );
    if (place.x === x && place.y === y && zoomed === 1 && image.width === width && image.height === height)
      return;
    const size = TILE / (scale * ratio);
    const start = performance.now();
    let missing = false;
    for (let row = Math.floor(y / size); row * size < y + clientHeight / scale; row++) {
      for (let column = Math.floor(x / size); column * size < x + clientWidth / scale; column++) {
        const name = `${scale} ${row} ${column}`;
        let tile = this.#tiles.get(name);
        if (!tile) {
          if (performance.now() - start > BUDGET) {
            missing = true;
            continue;
          }
          tile = this.#draw({ x: column * size, y: row * size, width: size, height: size }, TILE, TILE);
        }
        // The last ones used are kept.
        this.#tiles.delete(name);
        this.#tiles.set(name, tile);
        context.drawImage(
          tile,
          Math.round((column * size - x) * scale * ratio),
          Math.round((row * size - y) * scale * ratio),
        );
      }
    }
    for (const name of this.#tiles.keys()) {
      if (this.#tiles.size <= MOST_TILES) break;
      this.#tiles.delete(name);
    }
    if (missing) this.#later();
  }

  /** An area of the picture, as an image of so many pixels. */
  #draw(here: Area, width: number, height: number): HTMLCanvasElement {
    const image = document.createElement("canvas");
    image.width = width;
    image.height = height;
    const context = image.getContext("2d")!;
    const scale = width / here.width;
    const { colours, preset } = this.#drawing!.theme;
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, width, height);
    context.setTransform(scale, 0, 0, scale, -here.x * scale, -here.y * scale);
    for (const { x, y, width, height, title, titleX, titleY, corner } of this.#drawing!.scene.frames) {
      if (!meets({ x, y: titleY - 20, width, height: height + y - titleY + 20 }, here)) continue;
      context.fillStyle = colours.column;
      context.fillRect(x, y, width, height);
      context.strokeStyle = colours.frame;
      context.lineWidth = 1;
      context.strokeRect(x, y, width, height);
      const align = corner === "left" ? "left" : "right";
      write(context, title, titleX, titleY, fontSize.title, colours.faint, align);
    }
    for (const { text, x, y } of this.#drawing!.headings)
      write(context, text, x, y, fontSize.title * 1.4, colours.ink);
    const focused = [...this.#looks.values()].some(({ classes }) => classes.includes("chosen"));
    for (const i of this.#grids!.lines.within(here)) {
      const line = this.#lines[i]!;
      if (!meets(line.area, here)) continue;
      const state = this.#lineOf(line.from, line.to);
      context.globalAlpha = focused && !state ? 0.16 : 1;
      context.strokeStyle = state ? colourOf(state) : colours[line.colour];
      context.lineWidth = state ? 2 : 1.1;
      line.path ??= new Path2D(pathOf(line.way));
      context.stroke(line.path);
      if (scale > 0.35) arrowHead(context, line.tip);
    }
    for (const i of this.#grids!.marks.within(here)) {
      const placed = this.#marks[i]!;
      const look = this.#looks.get(placed.mark.id) ?? { classes: [] };
      context.globalAlpha = focused && look.classes.length === 0 ? 0.16 : 1;
      drawMark(context, placed, look, { colours, preset, scale });
    }
    return image;
  }
}

const meets = (a: Area, b: Area): boolean =>
  a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;

function linesOf(placed: PlacedEdge, places: ReadonlyMap<PlacedMark["mark"], PlacedMark>): Line[] {
  const { edge, ...way } = placed;
  const light = edge.from.kind === "parameter";
  const line = (of: Way, colour: keyof Colours): Line => {
    const points = [...of.out, ...of.rail, ...of.into];
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { x, y } of points) {
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
    const end = points.at(-1)!;
    const before = points.findLast(({ x, y }) => Math.hypot(x - end.x, y - end.y) > 0.5) ?? end;
    return {
      from: edge.from.id,
      to: edge.to.id,
      way: of,
      area: { x: left, y: top, width: right - left, height: bottom - top },
      colour,
      tip: [end.x, end.y, Math.atan2(end.y - before.y, end.x - before.x)],
    };
  };
  const forth = line(way, light ? "light" : "line");
  return edge.gradient
    ? [forth, line(wayBack(placed, places), light ? "lightGradient" : "gradient")]
    : [forth];
}
