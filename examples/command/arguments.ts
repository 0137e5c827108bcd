/** What the `examples` command is asked to do. */
export interface Asked {
  /** Whether to run anything at all; without, the examples are listed. */
  readonly run: boolean;
  readonly names: readonly string[];
  readonly full: boolean;
  /** What is left for the example itself: `--data prices.csv`. */
  readonly others: readonly string[];
}

/**
 * Names come first; `--quick` (or neither) is the short form, `--full` the long one; without names, of all.
 * @throws Error for a name that no example has, and for arguments that no example is named for
 */
export function readArguments(args: readonly string[], examples: readonly string[]): Asked {
  const own = args[0] === "--" ? args.slice(1) : args; // package managers may pass on what separates their options
  const flag = own.findIndex((each) => each.startsWith("-"));
  const names = own.slice(0, flag < 0 ? own.length : flag);
  const flags = own.slice(names.length);
  const unknown = names.filter((name) => !examples.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no example ${unknown.join(", ")}; there are ${examples.join(", ")}`);
  const full = flags.includes("--full");
  if (full && flags.includes("--quick")) throw new Error("--quick and --full exclude each other");
  const others = flags.filter((each) => each !== "--full" && each !== "--quick");
  if (others.length > 0 && names.length !== 1)
    throw new Error(`${others.join(" ")}: options of an example need its name before them`);
  return { run: own.length > 0, names, full, others };
}
