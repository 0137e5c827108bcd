import type { MarkData, View } from "../src/html/page-data.ts";
import { element } from "./elements.ts";
import { showNumber } from "./numbers.ts";

/** From small to large: light to dark, so that it also reads in grey. */
const ramp = ["#fff4cf", "#fdce7e", "#f79556", "#dc5a5e", "#a1357a", "#5f1f7c", "#2b1055"];

const parts = (colour: string): number[] => [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));

function rampAt(part: number): string {
  const place = part * (ramp.length - 1);
  const i = Math.min(ramp.length - 2, Math.floor(place));
  const [a, b] = [parts(ramp[i]!), parts(ramp[i + 1]!)];
  return `rgb(${a.map((value, k) => Math.round(value + (b[k]! - value) * (place - i))).join(" ")})`;
}

const stripOf = (shapes: readonly SVGGElement[]): SVGGElement[] => [
  ...(shapes[0]?.ownerSVGElement?.querySelectorAll<SVGGElement>("g.strip") ?? []),
];

/** Fills marks and the strip of steps above them by the norm of their gradient, on a log scale; NaN and infinity black, zero and none as they were. */
export function colourByGradient(view: View, marks: readonly SVGGElement[]): HTMLElement {
  const strip = stripOf(marks);
  const shapes = [...marks, ...strip];
  const norms = [
    ...view.marks.map(({ gradient }: MarkData) => (gradient === undefined ? 0 : Number(gradient))),
    ...strip.map(({ dataset }) => Number(dataset.norm)),
  ];
  const logs = norms.map((norm) => (norm > 0 && norm < Infinity ? Math.log10(norm) : undefined));
  const known = logs.filter((log) => log !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const bad = norms.some((norm) => !Number.isFinite(norm));
  shapes.forEach((shape, i) => {
    const log = logs[i];
    const part = log === undefined ? 0 : most > least ? (log - least) / (most - least) : 1;
    const broken = !Number.isFinite(norms[i]!);
    const fill = broken ? "#000000" : log === undefined ? undefined : rampAt(part);
    shape.classList.toggle("coloured", fill !== undefined);
    shape.classList.toggle("on-dark", broken || (fill !== undefined && part > 0.5));
    if (fill) shape.style.setProperty("--fill", fill);
  });
  return legend(known.length > 0 ? [10 ** least, 10 ** most] : undefined, bad);
}

export function clearColours(shapes: readonly SVGGElement[]): void {
  for (const shape of [...shapes, ...stripOf(shapes)]) shape.classList.remove("coloured", "on-dark");
}

function legend(range: readonly [number, number] | undefined, bad: boolean): HTMLElement {
  const made = element("div", {}, element("strong", {}, "‖∂L/∂node‖"));
  if (range) {
    const bar = element("span", { class: "ramp" });
    bar.style.background = `linear-gradient(to right, ${ramp.join(", ")})`;
    made.append(showNumber(range[0]), bar, showNumber(range[1]), element("small", {}, "log scale"));
  } else {
    made.append("no gradient here");
  }
  if (bad) made.append(element("span", { class: "swatch bad" }), "NaN or ∞");
  return made;
}
