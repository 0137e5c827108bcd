/** Ramps of colour from the palette's blue and orange, light where nothing happens; black is kept for NaN and infinity. */
export const ramps = {
  /** From nothing to much. */
  sequential: ["#f4f7fa", "#bcd5e9", "#72aed8", "#2b83bf", "#00548a"],
  /** From negative over 0 to positive. */
  diverging: ["#00548a", "#3f93c8", "#a9cfe6", "#f6f6f4", "#f5c08c", "#e1832f", "#a84a00"],
} as const;

/** The same on a dark ground: dark where nothing happens. */
const onDark: Readonly<Record<Ramp, readonly string[]>> = {
  sequential: ["#1d2b39", "#1c4a6e", "#2b83bf", "#72aed8", "#e3f0fa"],
  diverging: ["#a9d8f7", "#4aa8e0", "#1f5c85", "#232d37", "#80471a", "#e1832f", "#ffc590"],
};

/** Colours from little to much, or from negative over 0 to positive. */
export type Ramp = keyof typeof ramps;

export const notFinite = "#000000";

/** The colour at a place between 0 and 1, as `#rrggbb`; linear between the ramp's stops. */
export function colorAt(ramp: Ramp, place: number, dark = false): string {
  if (Number.isNaN(place)) return notFinite;
  const stops = (dark ? onDark : ramps)[ramp];
  const along = Math.min(1, Math.max(0, place)) * (stops.length - 1);
  const index = Math.min(Math.floor(along), stops.length - 2);
  const [from, to] = [channels(stops[index]!), channels(stops[index + 1]!)];
  const mixed = from.map((value, i) => Math.round(value + (to[i]! - value) * (along - index)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Black or white, whichever is read more easily on a colour. Relative luminance: WCAG 2.1. */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const [r, g, b] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.179 ? "#000000" : "#ffffff";
}

/** Red, green and blue of `#rrggbb`, 0 to 255. */
export const channels = (color: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
