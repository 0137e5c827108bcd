import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { UserError } from "./user-error.ts";

export const cells = ["rnn", "lstm", "gru"] as const;
export type CellName = (typeof cells)[number];

/** What makes a run what it is. To be resumed exactly, a run needs all of these the same. */
export interface Settings {
  /** A file to learn from; Moby-Dick where there is none. */
  readonly text: string | undefined;
  readonly cell: CellName;
  readonly hidden: number;
  readonly batch: number;
  readonly window: number;
  readonly learningRate: number;
  readonly seed: number;
  /** The learning rate is that of a run of so many steps. */
  readonly steps: number;
  /** Sums are added in another order by another number of threads. */
  readonly threads: number;
}

export interface Options extends Settings {
  readonly temperature: number;
  readonly out: string;
  readonly resume: boolean;
  readonly quick: boolean;
  readonly help: boolean;
  /** The options that were given, the others being defaults. */
  readonly given: ReadonlySet<string>;
}

type Preset = Omit<Options, "resume" | "quick" | "help" | "given">;

const defaults: Preset = {
  text: undefined,
  cell: "lstm",
  hidden: 192,
  batch: 16,
  window: 32,
  learningRate: 0.005,
  seed: 1,
  steps: 12_000, // where they take no more than two minutes
  threads: Math.min(2, availableParallelism()),
  temperature: 0.7,
  out: "out",
};

/** What `--quick` changes: a few seconds that show that everything works. */
const quickly: Partial<Preset> = { hidden: 64, steps: 200, out: "out/quick" };

export const usage: string = `Trains a recurrent network to write like a book, one character at a time.

  npx -y pnpm@12 start [options]

  --text FILE          any UTF-8 text; default: Moby-Dick
  --cell NAME          ${cells.join(", ")}; default ${defaults.cell}
  --hidden N           units of the cell; default ${defaults.hidden}
  --steps N            training steps in all, those before --resume too; default: what takes two minutes, at most ${defaults.steps}
  --batch N            places in the text that are read side by side; default ${defaults.batch}
  --window N           characters per step and place; default ${defaults.window}
  --learning-rate X    the highest of Adam: it rises at first, and falls to 0 until the end; default ${defaults.learningRate}
  --seed N             of the first weights and of the samples; default ${defaults.seed}
  --threads N          that share a step; default 2, 1 where there is one core
  --temperature X      of the samples, 0 always takes the likeliest character; default ${defaults.temperature}
  --out DIR            where results go; default ${defaults.out}
  --resume             go on from the checkpoint in --out, exactly where it stopped
  --quick              a few seconds with a small network that must learn something, for tests
  --help               this text

Ctrl-C finishes the step, saves a checkpoint and says how to resume.`;

const flags = {
  text: { type: "string" },
  cell: { type: "string" },
  hidden: { type: "string" },
  steps: { type: "string" },
  batch: { type: "string" },
  window: { type: "string" },
  "learning-rate": { type: "string" },
  seed: { type: "string" },
  threads: { type: "string" },
  temperature: { type: "string" },
  out: { type: "string" },
  resume: { type: "boolean" },
  quick: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * The options in the arguments of a command.
 * @throws UserError naming the option, what it takes and what it was given
 */
export function parseOptions(args: readonly string[]): Options {
  // Package managers may pass the "--" that separates their own options.
  const own = args[0] === "--" ? args.slice(1) : [...args];
  const values = readFlags(own);
  const preset = { ...defaults, ...(values.quick && quickly) };
  return {
    text: values.text,
    cell: parseCell(values.cell ?? preset.cell),
    hidden: whole("hidden", values.hidden ?? preset.hidden, 1),
    batch: whole("batch", values.batch ?? preset.batch, 1),
    window: whole("window", values.window ?? preset.window, 1),
    learningRate: real(
      "learning-rate",
      values["learning-rate"] ?? preset.learningRate,
      "above 0",
      (x) => x > 0,
    ),
    seed: whole("seed", values.seed ?? preset.seed, 0),
    steps: whole("steps", values.steps ?? preset.steps, 1),
    threads: whole("threads", values.threads ?? preset.threads, 1),
    temperature: real("temperature", values.temperature ?? preset.temperature, "from 0 up", (x) => x >= 0),
    out: values.out ?? preset.out,
    resume: values.resume ?? false,
    quick: values.quick ?? false,
    help: values.help ?? false,
    given: new Set(Object.keys(values)),
  };
}

type Flags = ReturnType<typeof parseArgs<{ options: typeof flags }>>["values"];

/** @throws UserError for an option that does not exist, lacks its value or takes none, and for stray words */
function readFlags(args: string[]): Flags {
  const { tokens, values } = parseArgs({ args, options: flags, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw refuse(`${JSON.stringify(token.value)} is not an option`);
    const { rawName, name, value, inlineValue } = token;
    if (!isFlag(name)) throw refuse(`there is no option ${rawName}`);
    const missing = value === undefined || (!inlineValue && value.startsWith("--"));
    if (flags[name].type === "string" && missing) throw refuse(`${rawName} takes a value`);
    if (flags[name].type === "boolean" && value !== undefined) throw refuse(`${rawName} takes no value`);
  }
  return values as Flags;
}

const isFlag = (name: string): name is keyof typeof flags => Object.hasOwn(flags, name);

const refuse = (problem: string): UserError =>
  new UserError(`${problem}; the options are ${Object.keys(flags).map(asFlag).join(" ")}`);

/** `learningRate` → `learning-rate` */
export const flagOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const asFlag = (name: string): string => `--${name}`;

function parseCell(value: string): CellName {
  const cell = cells.find((name) => name === value);
  if (cell) return cell;
  throw new UserError(`--cell takes ${cells.join(", ")}, received ${JSON.stringify(value)}`);
}

function whole(name: string, value: string | number, least: number): number {
  const number = toNumber(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new UserError(`--${name} takes a whole number from ${least} up, received ${JSON.stringify(value)}`);
}

function real(name: string, value: string | number, range: string, fits: (x: number) => boolean): number {
  const number = toNumber(value);
  if (Number.isFinite(number) && fits(number)) return number;
  throw new UserError(`--${name} takes a number ${range}, received ${JSON.stringify(value)}`);
}

/** `Number` reads "" and " " as 0. */
const toNumber = (value: string | number): number =>
  typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
