/** Small worlds of one or two things, and all that is right to say of them. */
import type { Random } from "../shared/random.ts";
import { anyThing, colors, shapes, sizes, type Thing } from "../shared/things.ts";

/** A picture, and all that is right to say of it. */
export interface Scene {
  readonly things: readonly Thing[];
  readonly captions: readonly string[];
  /** Whether the combination is kept for the test. */
  readonly kept: boolean;
}
const opposite = { "left of": "right of", "right of": "left of", above: "below", below: "above" } as const;
type Relation = keyof typeof opposite;
const never = ["red circle left of square", "green square above circle", "blue triangle right of cross"];
const isNever = (a: Thing, relation: Relation, b: Thing): boolean =>
  never.includes(`${a.color} ${a.shape} ${relation} ${b.shape}`);
const nameOf = ({ size, color, shape }: Thing): string => `a ${size} ${color} ${shape}`;

function scene(random: Random): Scene {
  const near = (place: number): number => place - 1 + 2 * random.uniform();
  if (random.uniform() < 0.25) {
    const [across, down] = [random.pick(["left", "right"]), random.pick(["top", "bottom"])];
    const thing = anyThing(random, near(across === "left" ? 6 : 18), near(down === "top" ? 6 : 18));
    return { things: [thing], captions: [`${nameOf(thing)} at the ${down} ${across}`], kept: false };
  }
  const relation = random.pick(["left of", "above"] as const);
  const level = 6 + 12 * random.uniform();
  const [a, b] = [6, 18].map((place) => {
    const [along, beside] = [near(place), near(level)];
    return relation === "left of" ? anyThing(random, along, beside) : anyThing(random, beside, along);
  }) as [Thing, Thing];
  const other = opposite[relation];
  return {
    things: [a, b],
    captions: [`${nameOf(a)} ${relation} ${nameOf(b)}`, `${nameOf(b)} ${other} ${nameOf(a)}`],
    kept: isNever(a, relation, b) || isNever(b, other, a),
  };
}
/** Scenes whose combination is kept for the test, or is not. */
export const scenes = (random: Random, count: number, kept: boolean): Scene[] =>
  Array.from({ length: count }, () => {
    let one = scene(random);
    while (one.kept !== kept) one = scene(random);
    return one;
  });
/** All words of captions, and the point that ends them. */
export const words: string = [
  ...colors,
  ...shapes,
  ...sizes,
  ...Object.keys(opposite),
  "a at the top bottom .",
].join(" ");
