/** What a picture shows, read from its SVG text. */
export interface Shape {
  readonly id: string;
  readonly kind: string;
  readonly round: boolean;
  /** The centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly texts: readonly Text[];
}

export interface Text {
  readonly content: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly anchor: string;
}

export interface Line {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  /** Along the line, about two pixels from each other. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  readonly lines: readonly Line[];
  readonly frames: readonly {
    readonly title: string;
    readonly left: number;
    readonly right: number;
    readonly top: number;
    /** Where its title stands. */
    readonly text: Text;
  }[];
}

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
const number = (tag: string, name: string): number => Number(attribute(tag, name));

export function readSvg(svg: string): Drawing {
  const groups = [...svg.matchAll(/<g class="(\w+)"( id="[\w-]+")?(?: opacity="[\d.]+")?>(.*)<\/g>/g)];
  const root = /<svg[^>]*>/.exec(svg)![0];
  return {
    width: number(root, "width"),
    height: number(root, "height"),
    shapes: groups.flatMap(([, kind, id, body]) =>
      id ? [readShape(kind!, attribute(id, "id"), body!)] : [],
    ),
    lines: [...svg.matchAll(/<path class="(\w+)"[^>]*>/g)].map(([tag, kind]) => ({
      kind: kind!,
      from: attribute(tag, "data-from"),
      to: attribute(tag, "data-to"),
      points: walk(attribute(tag, "d")),
    })),
    frames: groups.flatMap(([, kind, , body]) => {
      if (kind !== "step") return [];
      const left = number(body!, "x");
      const [text] = readTexts(body!);
      return [
        {
          title: text!.content,
          left,
          right: left + number(body!, "width"),
          top: number(body!, "y"),
          text: text!,
        },
      ];
    }),
  };
}

/** Labels as they were before they were set: numbers below the line as signs of their own, names behind a `_`. */
const onOneLine = (body: string): string =>
  body
    .replace(/<tspan dy="3"[^>]*>([^<]*)<\/tspan>/g, (_, below: string) =>
      /^[\d−+t,…]+$/.test(below)
        ? below.replace(/[\d−+t]/g, (sign) => "₀₁₂₃₄₅₆₇₈₉₋₊ₜ"["0123456789−+t".indexOf(sign)]!)
        : `_${below}`,
    )
    .replace(/<tspan dy="-3">([^<]*)<\/tspan>/g, "$1");

const readTexts = (body: string): Text[] =>
  [...onOneLine(body).matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, content]) => ({
    content: content!,
    x: number(attributes!, "x"),
    y: number(attributes!, "y"),
    size: number(attributes!, "font-size"),
    anchor: attribute(attributes!, "text-anchor") || "middle",
  }));

function readShape(kind: string, id: string, body: string): Shape {
  const tag = /<(rect|ellipse)[^>]*>/.exec(body)![0];
  const texts = readTexts(body);
  if (tag.startsWith("<ellipse")) {
    const [width, height] = [2 * number(tag, "rx"), 2 * number(tag, "ry")];
    return { id, kind, round: true, x: number(tag, "cx"), y: number(tag, "cy"), width, height, texts };
  }
  const [width, height] = [number(tag, "width"), number(tag, "height")];
  const [x, y] = [number(tag, "x") + width / 2, number(tag, "y") + height / 2];
  return { id, kind, round: false, x, y, width, height, texts };
}

/** Points along a path of M, L, Q and C commands. */
function walk(path: string): [number, number][] {
  const points: [number, number][] = [];
  for (const [, command, rest] of path.matchAll(/([MLQC])([^MLQC]*)/g)) {
    const numbers = rest!.match(/-?[\d.]+/g)!.map(Number);
    const degree = { M: 1, L: 1, Q: 2, C: 3 }[command!]!;
    for (let i = 0; i < numbers.length; i += 2 * degree) {
      const controls = numbers.slice(i, i + 2 * degree);
      if (command === "M") points.push([controls[0]!, controls[1]!]);
      else points.push(...bezier([...points.at(-1)!, ...controls]));
    }
  }
  return points;
}

/** De Casteljau's construction at about every second pixel. */
function bezier(controls: readonly number[]): [number, number][] {
  const [dx, dy] = [controls.at(-2)! - controls[0]!, controls.at(-1)! - controls[1]!];
  const count = Math.max(2, Math.ceil(Math.hypot(dx, dy) / 2));
  if (controls.length === 4) {
    const [x, y] = controls as [number, number];
    return Array.from({ length: count }, (_, i) => [x + (dx * (i + 1)) / count, y + (dy * (i + 1)) / count]);
  }
  return Array.from({ length: count }, (_, i) => {
    let level = [...controls];
    while (level.length > 2) {
      level = level.slice(2).map((value, k) => level[k]! + (value - level[k]!) * ((i + 1) / count));
    }
    return [level[0]!, level[1]!];
  });
}
