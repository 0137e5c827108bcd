import type { View } from "../src/html/page-data.ts";
import { heatOf } from "../src/overlay/gradient-heat.ts";
import { element } from "./elements.ts";
import { showNumber } from "./numbers.ts";
import type { Colouring } from "./picture.ts";

/** Colours of marks, and what they mean. */
export interface Colours {
  readonly colouring: Colouring;
  readonly legend: HTMLElement;
}

const number = (value: number | string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

/** Norms of gradients as colours. The loss itself has the gradient 1, whatever the others have. */
export const gradientColours = (view: View, dark: boolean): Colours => {
  const readers = new Set(view.edges.map(([from]) => from));
  const norms = view.marks.map(({ gradient, shape }, i) =>
    gradient === 1 && shape === "[]" && !readers.has(i) ? undefined : number(gradient),
  );
  return coloursOf(norms, "‖∂L/∂mark‖", dark);
};

/** The size of values: the root of their mean square. */
export const valueColours = (view: View, dark: boolean): Colours =>
  coloursOf(
    view.marks.map(({ values }) => {
      if (!values || values.count === 0) return undefined;
      return values.bad > 0 ? Number.NaN : Number(values.norm) / Math.sqrt(values.count);
    }),
    "√mean(values²)",
    dark,
  );

function coloursOf(sizes: readonly (number | undefined)[], title: string, _dark: boolean): Colours {
  const heat = heatOf(sizes.flatMap((size) => size ?? []));
  const legend = element("div", {}, element("strong", {}, title));
  const { range } = heat;
  if (range) {
    const bar = element("span", { class: "ramp" });
    const [low, high] = range;
    const parts = 16;
    const stops = Array.from(
      { length: parts + 1 },
      (_, i) => heat.colourOf(low * (high / low) ** (i / parts))?.fill,
    );
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    legend.append(showNumber(low), bar, showNumber(high), element("small", {}, "log scale"));
  } else legend.append("nothing here");
  if (heat.bad) legend.append(element("span", { class: "swatch bad" }), "NaN or ∞");
  return { colouring: (mark) => heat.colourOf(sizes[mark]), legend };
}
