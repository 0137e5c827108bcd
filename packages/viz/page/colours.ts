import { heatOf } from "../src/overlay/gradient-heat.ts";
import { element } from "./elements.ts";
import { showNumber } from "./numbers.ts";
import type { Colouring, Picture } from "./picture.ts";
import { words } from "./words.ts";

/** Colours of marks, and what they mean. */
export interface Colours {
  readonly colouring: Colouring;
  /** The colour of a size. */
  readonly of: (size: number) => ReturnType<Colouring>;
  readonly legend: HTMLElement;
}

const number = (value: number | string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

/** Norms of gradients as colours. The loss itself has the gradient 1, whatever the others have. */
export const gradientColours = (picture: Picture, dark: boolean): Colours =>
  coloursOf(
    picture,
    picture.view.marks.map(({ gradient, loss }) => (loss ? undefined : number(gradient))),
    "‖∂L/∂mark‖",
    dark,
  );

/** The size of values: the root of their mean square. */
export const valueColours = (picture: Picture, dark: boolean): Colours =>
  coloursOf(
    picture,
    picture.view.marks.map(({ values }) => {
      if (!values || values.count === 0) return undefined;
      return values.bad > 0 ? Number.NaN : Number(values.norm) / Math.sqrt(values.count);
    }),
    "√mean(values²)",
    dark,
  );

function coloursOf(
  picture: Picture,
  sizes: readonly (number | undefined)[],
  title: string,
  dark: boolean,
): Colours {
  const heat = heatOf(
    picture.seen((mark) => sizes[mark]),
    dark,
  );
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
    legend.append(showNumber(low), bar, showNumber(high), element("small", {}, words().legend.log));
  } else legend.append(words().legend.nothing);
  if (heat.bad) legend.append(element("span", { class: "swatch bad" }), words().legend.bad);
  return { colouring: (mark) => heat.colourOf(sizes[mark]), of: heat.colourOf, legend };
}
