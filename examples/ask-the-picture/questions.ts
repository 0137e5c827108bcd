/** Small worlds of things on nine places, and questions about them that have one right answer. */
import type { Random } from "../shared/random.ts";
import { anyThing, colors, isKept, shapes, type Thing } from "../shared/things.ts";

/** Points along a side of a picture, and of one of its places. */
export const side = 24;
export const cell = 8;
export const kinds = ["colour", "shape", "number", "place"] as const;
const numbers = ["none", "one", "two", "three", "four", "five"];
export const answers: readonly string[] = [...colors, ...shapes, ...numbers, "no", "yes"];
const others = "what colour is the shape thing how many things are there a left of above";
/** All words of questions. */
export const words: string = [...colors, ...shapes, ...shapes.map((each) => `${each}s`), others].join(" ");

export interface Round {
  readonly things: readonly Thing[];
  readonly kind: (typeof kinds)[number];
  readonly question: string;
  readonly answer: string;
}

function world(random: Random): Thing[] {
  const free = Array.from({ length: (side / cell) ** 2 }, (_, i) => i);
  const near = (at: number): number => cell * (at + 0.5) - 0.3 + 0.6 * random.uniform();
  return Array.from({ length: 2 + random.below(4) }, () => {
    const [place = 0] = free.splice(random.below(free.length), 1);
    return { ...anyThing(random, near(place % 3), near(Math.floor(place / 3))), size: "medium" as const };
  });
}

/** A question about a world, or nothing where this try's has no clear answer. */
function ask(random: Random, things: readonly Thing[]): Round | undefined {
  const kind = random.pick([...kinds, "place"] as const);
  const [color, shape, thing, byColor] = [
    random.pick(colors),
    random.pick(shapes),
    random.pick(things),
    random.uniform() < 0.5,
  ];
  const round = (question: string, answer: string): Round => ({ things, kind, question, answer });
  const is = (one: Thing): boolean => (byColor ? one.color === color : one.shape === shape);
  if (kind === "number")
    return round(
      `how many ${byColor ? `${color} things` : `${shape}s`} are there`,
      numbers[things.filter(is).length]!,
    );

  // The others are about one thing, which has to be the only one of its shape or colour.
  const byShape = kind === "colour" || (kind === "place" && byColor);
  const alike = things.filter((one) => (byShape ? one.shape === thing.shape : one.color === thing.color));
  if (alike.length > 1) return undefined;
  const name = byShape ? `the ${thing.shape}` : `the ${thing.color} thing`;
  if (kind === "colour") return round(`what colour is ${name}`, thing.color);
  if (kind === "shape") return round(`what shape is ${name}`, thing.shape);
  const across = random.uniform() < 0.5;
  const isBefore = (one: Thing): boolean => (across ? one.x < thing.x - 4 : one.y < thing.y - 4);
  const yes = things.some((one) => is(one) && isBefore(one));
  if (!yes && random.uniform() < 0.8) return undefined; // else most answers were no
  const what = byColor ? `${color} thing` : shape;
  return round(`is there a ${what} ${across ? "left of" : "above"} ${name}`, yes ? "yes" : "no");
}
/** Questions about worlds that are kept for the test, or are not. */
export const rounds = (random: Random, count: number, kept: boolean): Round[] =>
  Array.from({ length: count }, () => {
    for (;;) {
      const things = world(random);
      const round = isKept(things, cell) === kept ? ask(random, things) : undefined;
      if (round) return round;
    }
  });
