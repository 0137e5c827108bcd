import { GraphError, inWords, type Operand, ShapeError } from "@org/core";
import { valueOf } from "../matrix/rows.ts";

/** A unit of a state, and how it goes with a feature. */
export interface CellProbe {
  readonly unit: number;
  /** Pearson's, from -1 to 1; 0 where the unit or the feature never changes. */
  readonly correlation: number;
}

/**
 * For each feature of a text, the units of a state ranked by how strongly they go with it: the largest |correlation|
 * first.
 * Shapes: `states [time, units]` or `[time, batch, units]`, each feature `[time]` or `[time, batch]`: values, or tensors
 *   that need no feeds
 * Source: Karpathy, Johnson & Fei-Fei 2015, "Visualizing and understanding recurrent networks", section 4.1, where cells
 *   are found by eye.
 * @throws ShapeError for a feature that has not one number for each state; GraphError for features that are no record
 * @example
 * const text = 'a "b" c';
 * const states = textFeatures(text).insideQuotes; // what a cell that tracks quotes would show
 * const ranked = probeCells(Array.from(states, (inside, t) => [t, -inside]), textFeatures(text));
 * ranked.insideQuotes[0]; // → { unit: 1, correlation: -1 }
 * ranked.linePosition[0]; // → { unit: 0, correlation: 1 }
 */
export function probeCells<Feature extends string>(
  states: Operand,
  features: Readonly<Record<Feature, Operand>>,
): Record<Feature, CellProbe[]> {
  if (typeof features !== "object" || features === null) {
    const problem = `expected a record of features, received ${inWords(features)}`;
    throw new GraphError({ op: "probeCells", problem });
  }
  const { shape, data } = valueOf(states);
  const units = shape.at(-1) ?? 0;
  const places = shape.slice(0, -1).reduce((size, length) => size * length, 1);
  const columns = Array.from({ length: units }, (_, unit) =>
    centred(Float64Array.from({ length: places }, (_, row) => data[row * units + unit]!)),
  );
  const ranked = Object.entries<Operand>(features).map(([name, feature]) => {
    const value = valueOf(feature);
    if (value.shape.join() !== shape.slice(0, -1).join()) {
      throw new ShapeError({
        op: "probeCells",
        problem: `the feature ${JSON.stringify(name)} has not one number for each state`,
        operands: [
          { label: "states", shape },
          { label: name, shape: value.shape },
        ],
        rule: "states [time, units], features [time]; or [time, batch, units], [time, batch]",
      });
    }
    const target = centred(Float64Array.from(value.data));
    const probes = columns.map((column, unit) => ({ unit, correlation: inner(column, target) }));
    return [
      name,
      probes.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation) || a.unit - b.unit),
    ];
  });
  return Object.fromEntries(ranked) as Record<Feature, CellProbe[]>;
}

/** Mean 0 and length 1; zeros where nothing changes. */
function centred(values: Float64Array): Float64Array {
  if (values.every((value) => value === values[0])) return new Float64Array(values.length);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const moved = values.map((value) => value - mean);
  const length = Math.sqrt(inner(moved, moved));
  return moved.map((value) => value / length);
}

const inner = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, value, i) => total + value * b[i]!, 0);

/**
 * What can be said of each character of a text, after it was read: `insideQuotes` (1 from an opening `"` or `“` to before
 * the closing one), `linePosition` (characters since the line began) and `depth` (brackets `( [ {` still open).
 * Characters are code points, as `Vocabulary` counts them.
 * @throws GraphError for what is no text
 * @example
 * const features = textFeatures('f("x")\ny');
 * features.insideQuotes; // → [0, 0, 1, 1, 0, 0, 0, 0]
 * features.linePosition; // → [1, 2, 3, 4, 5, 6, 0, 1]
 * features.depth; // → [0, 1, 1, 1, 1, 0, 0, 0]
 */
export function textFeatures(text: string): Record<"insideQuotes" | "linePosition" | "depth", Float64Array> {
  if (typeof text !== "string")
    throw new GraphError({ op: "textFeatures", problem: `expected a text, received ${inWords(text)}` });
  const characters = [...text];
  const [quotes, positions, depths] = [0, 0, 0].map(() => new Float64Array(characters.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let [inside, position, depth] = [false, 0, 0];
  characters.forEach((character, i) => {
    if (character === '"') inside = !inside;
    else if (character === "“") inside = true;
    else if (character === "”") inside = false;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth = Math.max(0, depth - 1);
    position = character === "\n" ? 0 : position + 1;
    quotes[i] = Number(inside);
    positions[i] = position;
    depths[i] = depth;
  });
  return { insideQuotes: quotes, linePosition: positions, depth: depths };
}
