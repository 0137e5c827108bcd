const SCALES = { least: 0.02, most: 8 };
const MARGIN = 24;
/** Below this labels can't be read. */
const LEGIBLE = 0.4;

/** What part of a picture is seen: its view box follows the stage. */
export class Camera {
  readonly #svg: SVGSVGElement;
  readonly #stage: HTMLElement;
  readonly #width: number;
  readonly #height: number;
  /** The point of the picture in the stage's upper left corner, and pixels per unit. */
  #x = 0;
  #y = 0;
  #scale = 1;
  #frame = 0;
  /** Whether the whole picture is wanted, also when the stage changes. */
  #fitted = true;

  constructor(svg: SVGSVGElement, stage: HTMLElement) {
    this.#svg = svg;
    this.#stage = stage;
    const { width, height } = svg.viewBox.baseVal;
    this.#width = width;
    this.#height = height;
  }

  get scale(): number {
    return this.#scale;
  }

  /** The whole picture, in the middle. */
  fit(): void {
    const { clientWidth, clientHeight } = this.#stage;
    const across = (clientWidth - 2 * MARGIN) / this.#width;
    const down = (clientHeight - 2 * MARGIN) / this.#height;
    const scale = Math.max(SCALES.least, Math.min(across, down, 1.6));
    const x = (this.#width - clientWidth / scale) / 2;
    this.#show(x, (this.#height - clientHeight / scale) / 2, scale);
    this.#fitted = true;
  }

  /** The whole picture, or where it would be too small, its beginning. */
  begin(): void {
    this.fit();
    if (this.#scale >= LEGIBLE) return;
    const { clientHeight } = this.#stage;
    const scale = Math.max(LEGIBLE, Math.min((clientHeight - 2 * MARGIN) / this.#height, 0.8));
    this.#show(-MARGIN / scale, this.#height + MARGIN / scale - clientHeight / scale, scale);
  }

  /** After the stage has changed its size. */
  resize(): void {
    if (this.#fitted) this.fit();
    else this.#show(this.#x, this.#y, this.#scale);
  }

  /** Moves by pixels of the screen. */
  pan(dx: number, dy: number): void {
    this.#show(this.#x - dx / this.#scale, this.#y - dy / this.#scale, this.#scale);
  }

  /** Zooms around a point of the stage, its middle by default. */
  zoom(
    by: number,
    left: number = this.#stage.clientWidth / 2,
    top: number = this.#stage.clientHeight / 2,
  ): void {
    const scale = Math.min(SCALES.most, Math.max(SCALES.least, this.#scale * by));
    const [x, y] = [this.#x + left / this.#scale, this.#y + top / this.#scale];
    this.#show(x - left / scale, y - top / scale, scale);
  }

  /** Brings a mark to the middle, large enough to be read. */
  center(mark: SVGGElement): void {
    const { x, y, width, height } = mark.getBBox();
    const { clientWidth, clientHeight } = this.#stage;
    const scale = Math.max(this.#scale, 0.9);
    this.#glide(x + width / 2 - clientWidth / scale / 2, y + height / 2 - clientHeight / scale / 2, scale);
  }

  /** The same, unless it is in sight. */
  reveal(mark: SVGGElement): void {
    const [inner, outer] = [mark.getBoundingClientRect(), this.#stage.getBoundingClientRect()];
    const within =
      inner.left >= outer.left &&
      inner.right <= outer.right &&
      inner.top >= outer.top &&
      inner.bottom <= outer.bottom;
    if (!within) this.center(mark);
  }

  /** The picture as it was drawn, for paper. */
  reset(): void {
    this.#svg.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
  }

  #show(x: number, y: number, scale: number): void {
    cancelAnimationFrame(this.#frame);
    this.#fitted = false;
    this.#x = x;
    this.#y = y;
    this.#scale = scale;
    const { clientWidth, clientHeight } = this.#stage;
    this.#svg.setAttribute("viewBox", `${x} ${y} ${clientWidth / scale} ${clientHeight / scale}`);
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
