import { GraphError } from "./errors.ts";

/** The words of a text. */
type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

/** A text that names every option and nothing else; any text where types do not know it. */
type AllNames<Options, Text extends string> = string extends Text
  ? Text
  : [keyof Options] extends [Words<Text>]
    ? [Words<Text>] extends [keyof Options]
      ? Text
      : `no option is called ${Exclude<Words<Text>, keyof Options>}`
    : `an option is missing: ${Exclude<keyof Options & string, Words<Text>>}`;

/**
 * Refuses what `op` has no option for, by name and with the name that was meant: from plain JavaScript nobody else does.
 * Options are named in one text, with spaces between; they come back, to be taken apart.
 * @throws GraphError for options that are no record, an unknown name, or a required one that is missing
 * @example
 * const options = { layers: 2 };
 * const { layers = 1, seed = 0 } = checkOptionNames("LSTM", options, "layers seed");
 * checkOptionNames("LSTM", { num_layers: 2 }, "layers seed"); // throws GraphError
 * checkOptionNames("LSTM", { layers: 2 }, "layers seed", "seed"); // throws GraphError
 */
export function checkOptionNames<Options extends object, Known extends string = string>(
  op: string,
  options: Options | undefined,
  known: AllNames<Options, Known>,
  required?: string,
): Options {
  const names = (): string[] => known.split(" ");
  const refuse = (problem: string, hint?: string): never => {
    throw new GraphError({ op, problem, rule: `options: ${names().join(", ")}`, ...(hint && { hint }) });
  };
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const received = options === null ? "null" : Array.isArray(options) ? "an array" : typeof options;
    // An axis by its place, as other libraries take it.
    const axis = names().includes("axis") && `${op}(x, { axis: ${String(options)} })`;
    return refuse(`expected options as a record, received ${received}`, axis || undefined);
  }
  for (const name of Object.keys(options)) {
    if (names().includes(name)) continue;
    const meant = nearest(name, names());
    refuse(`no option is called ${JSON.stringify(name)}`, meant && `did you mean ${meant}?`);
  }
  for (const name of required?.split(" ") ?? [])
    if (options[name as keyof Options] === undefined) refuse(`expected the option ${name}, received nothing`);
  return options;
}

/** The known name that is most like another: in other letters, inside of it, by its initials, or with few typos. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replaceAll(/[_-]/g, "").toLowerCase();
  const initials = (text: string): string => text.replaceAll(/(?<!^)[a-z]/g, "").toLowerCase();
  const given = plain(name);
  const apart = (other: string): number => {
    const there = plain(other);
    if (there === given) return 0;
    // Of several that it is a part of, the shortest.
    if (given.length > 2 && (given.includes(there) || there.includes(given)))
      return 1 + Math.abs(there.length - given.length) / 100;
    if (initials(other) === given) return 1;
    return edits(given, there) + 1;
  };
  const [best] = known.map((other) => ({ other, far: apart(other) })).sort((a, b) => a.far - b.far);
  return best && best.far <= 1 + Math.max(1, given.length / 3) ? best.other : undefined;
}

/** Letters to insert, delete or change, and neighbours to swap, from one word to another (Damerau 1964; each place once). */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? before[j - 2]! + 1 : changed;
      next.push(Math.min(changed, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
