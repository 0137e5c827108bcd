import { fontSize } from "../src/layout/measure.ts";
import type { Area, Place } from "./surface.ts";

const SCALES = { least: 0.02, most: 8 };
const MARGIN = 24;
/** At this scale the smallest letters of a picture, captions, have nine pixels. */
export const LEGIBLE: number = 9 / fontSize.caption;
/** Small pictures are not blown up further. */
const LARGEST = 2.2;
/** And parts of large ones less. */
const LARGEST_PART = 1.35;

/** The highest place of a window in which marks lie in as many of its parts as in any other. */
function fullest(
  marks: readonly Area[],
  { x, wide, high, margin }: { x: number; wide: number; high: number; margin: number },
): number {
  const near = marks.filter((mark) => mark.x + mark.width > x && mark.x < x + wide).sort((a, b) => a.y - b.y);
  let first = 0;
  /** Asked from above downwards. */
  const seen = (top: number): number => {
    const parts = new Set<number>();
    while (first < near.length && near[first]!.y < top) first++;
    for (let i = first; i < near.length; i++) {
      const { x: left, y, width, height } = near[i]!;
      if (y > top + high) break;
      if (y + height > top + high) continue;
      const across = Math.floor((8 * (left + width / 2 - x)) / wide);
      parts.add(8 * Math.floor((5 * (y + height / 2 - top)) / high) + across);
    }
    return parts.size;
  };
  const tops = [...new Set(near.map(({ y }) => Math.floor((y - margin) / 24) * 24))].sort((a, b) => a - b);
  const counts = tops.map(seen);
  const most = counts.reduce((best, count) => Math.max(best, count), 0);
  return tops[counts.indexOf(most)] ?? -margin;
}

/** What part of a picture is seen. */
export class Camera {
  readonly #stage: HTMLElement;
  readonly #look: (place: Place) => void;
  /** The stage's size, measured when it changes: to ask for it lays the whole page out. */
  #seen = { clientWidth: 1, clientHeight: 1 };
  #width = 1;
  #height = 1;
  /** The point of the picture in the stage's upper left corner, and pixels per unit. */
  #x = 0;
  #y = 0;
  #scale = 1;
  #frame = 0;
  /** Whether the whole picture is wanted, also when the stage changes. */
  #fitted = true;

  constructor(stage: HTMLElement, look: (place: Place) => void) {
    this.#stage = stage;
    this.#look = look;
    this.measure();
  }

  get place(): Place {
    const { clientWidth: width, clientHeight: height } = this.#seen;
    return { x: this.#x, y: this.#y, scale: this.#scale, width, height };
  }

  /** Reads the stage's size. */
  measure(): void {
    const { clientWidth, clientHeight } = this.#stage;
    this.#seen = { clientWidth, clientHeight };
  }

  /** The picture has another size. */
  set size({ width, height }: { readonly width: number; readonly height: number }) {
    this.#width = width;
    this.#height = height;
  }

  /** At which scale a picture is seen as a whole. */
  fitting({ width, height }: { readonly width: number; readonly height: number }): number {
    const { clientWidth, clientHeight } = this.#seen;
    return Math.min((clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
  }

  /** The whole picture, in the middle. */
  fit(): void {
    const { clientWidth, clientHeight } = this.#seen;
    const wanted = Math.min(this.fitting({ width: this.#width, height: this.#height }), LARGEST);
    const scale = Math.max(SCALES.least, wanted);
    const x = (this.#width - clientWidth / scale) / 2;
    this.#show(x, (this.#height - clientHeight / scale) / 2, scale);
    this.#fitted = true;
  }

  /**
   * The whole picture, or where it would be too small to be read, its beginning: from its left side, at the height where
   * most is to be seen.
   */
  begin(marks: readonly Area[]): void {
    const whole = { width: this.#width, height: this.#height };
    if (this.fitting(whole) >= LEGIBLE) {
      this.fit();
      return;
    }
    const { clientWidth, clientHeight } = this.#seen;
    const filled = Math.max(
      (clientWidth - 2 * MARGIN) / this.#width,
      (clientHeight - 2 * MARGIN) / this.#height,
    );
    const scale = Math.max(LEGIBLE, Math.min(filled, LARGEST_PART));
    // What is smaller than the stage stands in its middle.
    const [wide, high] = [clientWidth / scale, clientHeight / scale];
    const margin = MARGIN / scale;
    const x = this.#width < wide ? (this.#width - wide) / 2 : -margin;
    const y = this.#height < high ? (this.#height - high) / 2 : fullest(marks, { x, wide, high, margin });
    this.#show(x, Math.max(-margin, Math.min(y, this.#height - high + margin)), scale);
  }

  /** After the stage has changed its size. */
  resize(): void {
    this.measure();
    if (this.#fitted) this.fit();
    else this.#show(this.#x, this.#y, this.#scale);
  }

  /** Moves by pixels of the screen. */
  pan(dx: number, dy: number): void {
    this.#show(this.#x - dx / this.#scale, this.#y - dy / this.#scale, this.#scale);
  }

  /** Moves by units of the picture, so that what has moved by them stays where it is on the screen. */
  follow(dx: number, dy: number): void {
    this.#show(this.#x + dx, this.#y + dy, this.#scale);
  }

  /** Zooms around a point of the stage, its middle by default. */
  zoom(
    by: number,
    left: number = this.#seen.clientWidth / 2,
    top: number = this.#seen.clientHeight / 2,
  ): void {
    const scale = Math.min(SCALES.most, Math.max(SCALES.least, this.#scale * by));
    const [x, y] = [this.#x + left / this.#scale, this.#y + top / this.#scale];
    this.#show(x - left / scale, y - top / scale, scale);
  }

  /** Brings an area to the middle, large enough to be read. */
  center({ x, y, width, height }: Area): void {
    const { clientWidth, clientHeight } = this.#seen;
    const whole = this.fitting({ width, height });
    const scale = Math.min(Math.max(this.#scale, LEGIBLE), Math.max(whole, SCALES.least));
    this.#glide(x + width / 2 - clientWidth / scale / 2, y + height / 2 - clientHeight / scale / 2, scale);
  }

  /** The same, unless it is in sight. */
  reveal(area: Area): void {
    const { clientWidth, clientHeight } = this.#seen;
    const [right, bottom] = [this.#x + clientWidth / this.#scale, this.#y + clientHeight / this.#scale];
    const within =
      area.x >= this.#x &&
      area.y >= this.#y &&
      area.x + area.width <= right &&
      area.y + area.height <= bottom;
    if (!within) this.center(area);
  }

  /** Where an area lies in the window. */
  onScreen({ x, y, width, height }: Area): { readonly right: number; readonly bottom: number } {
    const { left, top } = this.#stage.getBoundingClientRect();
    return {
      right: left + (x + width - this.#x) * this.#scale,
      bottom: top + (y + height - this.#y) * this.#scale,
    };
  }

  #show(x: number, y: number, scale: number): void {
    cancelAnimationFrame(this.#frame);
    this.#fitted = false;
    this.#x = x;
    this.#y = y;
    this.#scale = scale;
    this.#look(this.place);
  }

  #glide(x: number, y: number, scale: number): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#show(x, y, scale);
      return;
    }
    const [x0, y0, scale0, start] = [this.#x, this.#y, this.#scale, performance.now()];
    const move = (now: number): void => {
      const part = Math.min(1, Math.max(0, (now - start) / 220));
      const eased = part * part * (3 - 2 * part);
      const between = (a: number, b: number): number => a + (b - a) * eased;
      this.#show(between(x0, x), between(y0, y), between(scale0, scale));
      if (part < 1) this.#frame = requestAnimationFrame(move);
    };
    this.#frame = requestAnimationFrame(move);
  }
}

/** Wheel, drag and pinch on the stage. */
export function followPointers(stage: HTMLElement, camera: () => Camera): void {
  const pointers = new Map<number, PointerEvent>();
  let moved = 0;
  const at = ({ clientX, clientY }: MouseEvent): [number, number] => {
    const { left, top } = stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const speed = event.ctrlKey ? 0.01 : 0.0016;
      camera().zoom(Math.exp(-event.deltaY * lines * speed), ...at(event));
    },
    { passive: false },
  );
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, event);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    moved += Math.abs(dx) + Math.abs(dy);
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (moved > 4 && !other) {
      // Only now, so that a click still reaches its mark.
      if (!stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
      stage.classList.add("dragging");
      camera().pan(dx, dy);
    }
    if (other) pinch(camera(), before, event, other, at);
    if (moved > 4) pointers.set(event.pointerId, event);
  });
  const release = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    stage.classList.remove("dragging");
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener(
    "click",
    (event) => {
      if (moved > 4) event.stopPropagation();
      moved = 0;
    },
    { capture: true },
  );
}

function pinch(
  camera: Camera,
  before: PointerEvent,
  after: PointerEvent,
  other: PointerEvent,
  at: (event: MouseEvent) => [number, number],
): void {
  const [x, y] = at(other);
  const [x0, y0] = at(before);
  const [x1, y1] = at(after);
  camera.pan((x1 - x0) / 2, (y1 - y0) / 2);
  const [far, near] = [Math.hypot(x1 - x, y1 - y), Math.hypot(x0 - x, y0 - y)];
  if (near > 0 && far > 0) camera.zoom(far / near, (x + x1) / 2, (y + y1) / 2);
}
