/** Small worlds of four things, and questions about them of which later ones point back to earlier ones. */
import type { Random } from "../shared/random.ts";
import { anyThing, colors, isKept, shapes, sizes, type Thing } from "../shared/things.ts";

/** Points along a side of a picture, and of one of its places. */
export const side = 24;
export const cell = 12;
/** Questions of a dialog. */
export const turns = 5;

const wanted = {
  color: "what colour is",
  shape: "what shape is",
  size: "how large is",
  place: "where is",
} as const;
type Wanted = keyof typeof wanted;
const corners = ["top left", "top right", "bottom left", "bottom right"];
export const answers: readonly string[] = [...colors, ...shapes, ...sizes, ...corners];
/** All words of questions. */
export const words: string = [
  ...colors,
  ...shapes,
  ...Object.values(wanted),
  "and it the one beside it the other one",
].join(" ");

export const needs = ["nothing", "what", "which", "both"] as const;
export interface Turn {
  readonly question: string;
  readonly answer: string;
  /** What has to be known of the question before: what was asked, of which thing, or both. */
  readonly needs: (typeof needs)[number];
}
export interface Dialog {
  /** From the top left to the bottom right. */
  readonly things: readonly Thing[];
  readonly turns: readonly Turn[];
}

function world(random: Random): Thing[] {
  const near = (at: number): number => cell * at + 5.5 + random.uniform();
  return corners.map((_, place) => anyThing(random, near(place % 2), near(Math.floor(place / 2))));
}

/** Words for one thing alone which do not say what is asked, or nothing. */
function described(
  random: Random,
  things: readonly Thing[],
  thing: Thing,
  asked: Wanted,
): string | undefined {
  const marks = random
    .pick([["color"], ["shape"], ["color", "shape"]] as const)
    .filter((mark) => mark !== asked);
  const alike = things.filter((other) => marks.every((mark) => other[mark] === thing[mark]));
  if (marks.length === 0 || alike.length > 1) return undefined;
  return `the ${marks.map((mark) => thing[mark]).join(" ")}${marks.at(-1) === "shape" ? "" : " one"}`;
}

/** A dialog in a world that is kept for the test, or is not. Without pointing, every question stands alone. */
export function dialog(random: Random, options: { kept: boolean; pointing: boolean }): Dialog {
  const { kept, pointing } = options;
  let things = world(random);
  while (isKept(things, cell) !== kept) things = world(random);
  const told: Turn[] = [];
  let [before, it]: [Wanted | undefined, number] = [undefined, 0];
  for (let tries = 0; told.length < turns; tries++) {
    if (tries === 100) return dialog(random, options); // nothing can be told from the rest
    const pointed: boolean = pointing && before !== undefined;
    const again: boolean = pointed && random.uniform() < 0.4;
    const asked: Wanted = again && before ? before : random.pick(Object.keys(wanted) as Wanted[]);
    const how = pointed ? random.pick(["named", "it", "beside", "other"] as const) : "named";
    const [place, name] = whichOf(how);
    if (name === undefined || (again && how === "it")) continue;
    const thing = things[place]!;
    told.push({
      question: `${again ? "and" : wanted[asked]} ${name}`,
      answer: asked === "place" ? corners[place]! : thing[asked],
      needs: how === "named" ? (again ? "what" : "nothing") : again ? "both" : "which",
    });
    [before, it] = [asked, place];

    function whichOf(how: "named" | "it" | "beside" | "other"): readonly [number, string | undefined] {
      if (how === "it") return [it, "it"];
      if (how === "beside") return [it ^ 1, "the one beside it"];
      if (how === "named") {
        const place = random.below(things.length);
        return [place, described(random, things, things[place]!, asked)];
      }
      const others = things.flatMap(({ shape }, i) => (i !== it && shape === things[it]!.shape ? [i] : []));
      return [others[0] ?? it, others.length === 1 && asked !== "shape" ? "the other one" : undefined];
    }
  }
  return { things, turns: told };
}
