import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contestant } from "./contestants.ts";
import type { Ran, Ready, Reply, Request, Task, Usage } from "./messages.ts";

/** A contestant has no way to do this; the message says why. */
export class NotAvailable extends Error {}

/** What ran, by name: a version, or the target that ours compiled for. */
export const versions: Map<string, string> = new Map();

/** A running contestant. */
export class Session {
  readonly contestant: Contestant;
  /** When its process was started, as `performance.now()`. */
  readonly started: number = performance.now();
  readonly #child: ChildProcess;
  readonly #replies: AsyncIterator<string>;
  #errors = "";

  constructor(contestant: Contestant) {
    this.contestant = contestant;
    const [program, ...parameters] = contestant.command;
    this.#child = spawn(program, parameters, { stdio: ["pipe", "pipe", "pipe"] });
    // A process that could not start, or died, is seen by the end of its answers.
    this.#child.on("error", (error) => (this.#errors += error.message));
    this.#child.stdin?.on("error", () => {});
    this.#child.stderr?.on("data", (text) => (this.#errors = (this.#errors + text).slice(-4000)));
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async #ask(request: Request): Promise<Reply> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#replies.next();
    const { name } = this.contestant;
    if (done) throw new Error(`${name} ended during "${request.do}": ${this.#errors || "without a word"}`);
    const reply = JSON.parse(value) as Reply;
    if ("unavailable" in reply) throw new NotAvailable(reply.unavailable);
    if ("failed" in reply) throw new Error(`${name} failed: ${reply.failed}`);
    return reply;
  }

  /** @throws NotAvailable */
  async prepare(task: Task, data?: string): Promise<Ready> {
    const { threads } = this.contestant;
    const ready = (await this.#ask({ do: "prepare", task, threads, ...(data && { data }) })) as Ready;
    const version = ready.about.version ?? ready.about.target;
    if (version !== undefined) versions.set(this.contestant.name, String(version));
    return ready;
  }

  async run(steps: number): Promise<Ran> {
    return (await this.#ask({ do: "run", steps })) as Ran;
  }

  /** The most memory that the process held, in bytes. */
  async peak(): Promise<number> {
    return ((await this.#ask({ do: "usage" })) as Usage).peak;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null || this.#child.pid === undefined) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill();
    await ended;
  }
}

/** Runs `use` with a session that is stopped afterwards, however that ends. */
export async function withSession<T>(
  contestant: Contestant,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = new Session(contestant);
  try {
    return await use(session);
  } finally {
    await session.stop();
  }
}
