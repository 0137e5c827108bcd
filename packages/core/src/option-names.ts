import { GraphError } from "./errors.ts";

/**
 * Refuses what `op` has no option for, by name and with the name that was meant: from plain JavaScript nobody else does.
 * @throws GraphError for options that are no record, an unknown name, or a required one that is missing
 * @example
 * checkOptionNames("LSTM", { layers: 2 }, ["layers", "seed"]);
 * checkOptionNames("LSTM", { num_layers: 2 }, ["layers", "seed"]); // throws GraphError
 */
export function checkOptionNames<Options extends object>(
  op: string,
  options: Options | undefined,
  known: readonly (keyof Options & string)[],
  required: readonly (keyof Options & string)[] = [],
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const received = options === null ? "null" : Array.isArray(options) ? "an array" : typeof options;
    throw new GraphError({ op, problem: `expected options as a record, received ${received}` });
  }
  const rule = `options: ${known.join(", ")}`;
  for (const name of Object.keys(options)) {
    if ((known as readonly string[]).includes(name)) continue;
    const meant = nearest(name, known);
    const problem = `no option is called ${JSON.stringify(name)}`;
    throw new GraphError({ op, problem, rule, ...(meant && { hint: `did you mean ${meant}?` }) });
  }
  const missing = required.find((name) => options[name] === undefined);
  if (missing === undefined) return;
  throw new GraphError({ op, problem: `expected the option ${missing}, received nothing`, rule });
}

/** The known name that is most like another: in other letters, inside of it, by its initials, or with few typos. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.replaceAll(/[_-]/g, "").toLowerCase();
  const initials = (text: string): string => text.replaceAll(/(?<!^)[a-z]/g, "").toLowerCase();
  const given = plain(name);
  const apart = (other: string): number => {
    const there = plain(other);
    if (there === given) return 0;
    if (given.length > 2 && (given.includes(there) || there.includes(given))) return 1;
    if (initials(other) === given) return 1;
    return edits(given, there) + 1;
  };
  const [best] = known.map((other) => ({ other, far: apart(other) })).sort((a, b) => a.far - b.far);
  return best && best.far <= 1 + Math.max(1, given.length / 3) ? best.other : undefined;
}

/** Letters to insert, delete or change from one word to another (Levenshtein 1966). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
