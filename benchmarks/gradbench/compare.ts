/**
 * Our tool beside others of GradBench on one of its evals, in turns: every message of the eval goes to each tool, round after
 * round. Needs a checkout of GradBench, and Python with what its evals need; see README.md.
 *
 *     tsx compare.ts <suite> <eval> [--tool name=command]… [--python python3] [--rounds 3] [-- arguments of the eval]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { difference } from "./difference.ts";
import type { Message, Response } from "./protocol.ts";

const given = process.argv.slice(2);
const split = given.includes("--") ? given.indexOf("--") : given.length;
const { values, positionals } = parseArgs({
  args: given.slice(0, split),
  allowPositionals: true,
  options: {
    tool: { type: "string", multiple: true, default: [] },
    python: { type: "string", default: "python3" },
    rounds: { type: "string", default: "3" },
  },
});
const [suite, name] = positionals as [string, string];
const folder = resolve(suite);
const python = resolve(values.python);
const packages = join(folder, "python/gradbench");
const environment = { ...process.env, PYTHONPATH: packages, OMP_NUM_THREADS: "1" };

/** A program that speaks in lines of JSON. */
class Program {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[] = []) {
    this.name = name;
    this.#process = spawn(command, args, {
      cwd: folder,
      env: environment,
      shell: args.length === 0,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** The next thing it says; undefined where it has ended. */
  async next<Said>(): Promise<Said | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : (JSON.parse(value) as Said);
  }

  tell(said: unknown): void {
    this.#process.stdin!.write(`${JSON.stringify(said)}\n`);
  }

  end(): void {
    this.#process.stdin!.end();
  }
}

const evaluator = new Program("eval", python, [
  join(packages, "gradbench/evals", name, "run.py"),
  ...given.slice(split + 1),
]);
const tools = [
  new Program("unroll", process.execPath, [
    "--import",
    import.meta.resolve("tsx"),
    join(import.meta.dirname, "main.ts"),
  ]),
  ...values.tool.map((tool) => {
    const at = tool.indexOf("=");
    return new Program(tool.slice(0, at), tool.slice(at + 1));
  }),
];
const able = new Set(tools);

const median = (numbers: readonly number[]): number => {
  const ordered = numbers.toSorted((a, b) => a - b);
  const middle = ordered.length / 2;
  return (ordered[Math.floor(middle)]! + ordered[Math.ceil(middle) - 1]!) / 2;
};

const shown = (nanoseconds: number): string =>
  nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toPrecision(3)} µs` : `${(nanoseconds / 1e6).toPrecision(3)} ms`;

/** What a tool said of a message: the first answer, and the runs of all rounds. */
interface Said {
  readonly response: Response;
  readonly runs: number[];
}

/** A message to all tools, round after round; one that fails takes no further part in it. */
async function inTurns(message: Message): Promise<Response> {
  const said = new Map<Program, Said>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const tool of able) {
      if (round > 0 && !said.get(tool)?.response.success) continue;
      tool.tell(message);
      const response = await tool.next<Response>();
      if (!response) {
        able.delete(tool);
        continue;
      }
      if (!said.has(tool)) said.set(tool, { response, runs: [] });
      const timings = response.timings ?? [];
      const runs = timings.filter((timing) => timing.name === "evaluate").map((timing) => timing.nanoseconds);
      said.get(tool)!.runs.push(...(runs.length > 1 ? runs.slice(1) : runs)); // the first run of some compiles
    }
  }
  const ours = said.get(tools[0]!)!;
  const described =
    message.kind === "evaluate" ? [message.function, message.description].join(" ").trim() : "";
  console.log(`| ${name} ${described} | ${tools.map((tool) => cell(said.get(tool), ours)).join(" | ")} |`);
  return ours.response;
}

/** The median and the least time of a tool, those over ours, and how far its answer is from ours. */
function cell(said: Said | undefined, ours: Said): string {
  if (!said) return "ended";
  if (!said.response.success) return `failed: ${said.response.error?.split("\n").at(0)}`;
  const [typical, least] = [median(said.runs), Math.min(...said.runs)];
  const times = `${shown(typical)} (${shown(least)})`;
  if (said === ours) return times;
  const ratios = [typical / median(ours.runs), least / Math.min(...ours.runs)].map((ratio) =>
    ratio.toPrecision(2),
  );
  const apart = difference(ours.response.output, said.response.output).toExponential(0);
  return `${times}, ${ratios[0]}× (${ratios[1]}×), ${apart}`;
}

console.log(`| ${name} | ${tools.map((tool) => tool.name).join(" | ")} |`);
console.log(`| --- |${" ---: |".repeat(tools.length)}`);
let message = await evaluator.next<Message>();
while (message) {
  let answer: Response | undefined;
  if (message.kind === "evaluate") answer = await inTurns(message);
  else
    for (const tool of [...able]) {
      tool.tell(message);
      const response = await tool.next<Response>();
      if (!response || response.success === false) able.delete(tool);
      answer ??= response;
    }
  if (message.kind === "analysis" && !message.valid) {
    console.log(`  INVALID ${message.error}`);
    process.exitCode = 1;
  }
  evaluator.tell(answer);
  message = await evaluator.next<Message>();
}
for (const program of [...tools, evaluator]) program.end();
