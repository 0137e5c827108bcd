import { GraphError } from "../../../errors.ts";
import type { WasmMemory } from "../engine.ts";
import { CONTROL, CONTROL_BYTES, LOOK_AFTER, MAY_SLEEP } from "../program/barrier.ts";
import { hasEnded, NO_FILE } from "./liveness.ts";
import { KIND, MAIL, MOST_ARGUMENTS, mailboxBytes, NOT_YET, SLOT } from "./mailbox.ts";
import { type SpawnedWorker, spawn } from "./spawn.ts";
import { workerSource } from "./worker-source.ts";

/** The function of a program that each thread calls; 0 for success. */
export type ThreadMain = (thread: number, threads: number, ...values: number[]) => number;

/** What a program exports, as the main thread has instantiated it. */
export interface ThreadExports {
  readonly main: ThreadMain;
  /** From `barrierFunction`. */
  readonly maySleep?: { value: number };
}

export interface ThreadPoolOptions {
  /** The main thread included; at least 2. */
  readonly threads: number;
  /** Shared, and the same one for all programs. */
  readonly memory: WasmMemory;
  /** The address of `CONTROL_BYTES` bytes for the barrier, 64-byte aligned. */
  readonly control: number;
  /** What programs import the memory as. */
  readonly imports: readonly [module: string, name: string];
  /** Where workers find their program. Default: they bring it along. */
  readonly worker?: string | URL | undefined;
  /** Told, once, where workers cannot be had. */
  readonly unavailable?: (reason: string) => void;
}

/** Looks at a mailbox before the main thread sleeps: some 50 µs. */
const SPINS = 20_000;

/** Whether workers that share memory can be made here: browsers want a page that is isolated from other origins. */
export const threadsAvailable = (): boolean => typeof SharedArrayBuffer !== "undefined";

/** Whether this thread may sleep: the main thread of a browser may not. */
function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends workers that nobody can use any more. Made with the first pool: loading a module does nothing. */
let forgotten: FinalizationRegistry<SpawnedWorker[]> | undefined;

const endAll = (workers: SpawnedWorker[]): void => {
  for (const worker of workers.splice(0)) worker.terminate();
};

/**
 * Workers that run a program together with the main thread, each as one thread of it. Workers and programs take a
 * while to get ready, for which nothing waits: until `has(program)`, call its `main(0, 1, …)` instead.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #workers: SpawnedWorker[] = [];
  readonly #mail: Int32Array;
  readonly #control: Int32Array;
  readonly #imports: ThreadPoolOptions["imports"];
  readonly #programs = new Map<number, ThreadMain>();
  readonly #maySleep = maySleep();
  #number = 0;
  #added = 0;
  #lost: string | undefined;
  #neverStarted = false;
  readonly #unavailable: ((reason: string) => void) | undefined;

  constructor({ threads, memory, control, imports, worker: url, unavailable }: ThreadPoolOptions) {
    this.threads = threads;
    this.#unavailable = unavailable;
    this.#imports = imports;
    const workers = threads - 1;
    this.#mail = new Int32Array(new SharedArrayBuffer(mailboxBytes(workers)));
    this.#control = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
    for (let i = 0; i < workers; i++) {
      this.#mail[this.#slot(i) + SLOT.done] = NOT_YET;
      this.#mail[this.#slot(i) + SLOT.file] = NO_FILE;
    }
    forgotten ??= new FinalizationRegistry(endAll);
    forgotten.register(this, this.#workers, this);
    // Workers do not hold the pool, which can be found to be forgotten.
    const pool = new WeakRef(this);
    const lose = (thread: number, reason: string): void => {
      const held = pool.deref();
      if (held) held.#lose(thread, reason);
    };
    try {
      for (let i = 0; i < workers; i++) {
        const worker = spawn(url === undefined ? workerSource : { url }, (reason) => lose(i + 1, reason));
        this.#workers.push(worker);
        worker.post({ number: 0, start: { mail: this.#mail, memory, control, thread: i + 1, threads } });
      }
    } catch (error) {
      this.#lose(this.#workers.length + 1, error instanceof Error ? error.message : String(error));
    }
  }

  #slot(worker: number): number {
    return MAIL.slots + SLOT.words * worker;
  }

  #lose(thread: number, reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = `thread ${thread}: ${reason}`;
    this.#neverStarted = Atomics.load(this.#mail, this.#slot(thread - 1) + SLOT.done) === NOT_YET;
    if (!this.#neverStarted) return;
    for (const worker of this.#workers.splice(0)) worker.terminate();
    this.#unavailable?.(reason);
  }

  /** Whether a worker could not even start, as where a page forbids workers: then there never was more than one thread. */
  get neverStarted(): boolean {
    return this.#neverStarted;
  }

  /** Why the pool cannot run anything any more: a worker did not start, or has ended. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Whether all workers are there and have instantiated every program so far. */
  ready(): boolean {
    if (this.#lost !== undefined) return false;
    for (let i = 0; i < this.threads - 1; i++) if (!this.#isDone(i)) return false;
    for (let i = 0; i < this.threads - 1; i++) {
      const error = this.#errorOf(i);
      if (error !== undefined) this.#lose(i + 1, error);
    }
    return this.#lost === undefined;
  }

  #isDone(worker: number): boolean {
    return Atomics.load(this.#mail, this.#slot(worker) + SLOT.done) === this.#number;
  }

  /** Gives workers a module that exports `main`; `exports` are those of the main thread's own instance. */
  add(module: object, exports: ThreadExports): number {
    if (exports[MAY_SLEEP]) exports[MAY_SLEEP].value = this.#maySleep ? 1 : 0;
    const program = this.#added++;
    this.#programs.set(program, exports.main);
    this.#tell({ add: { program, module, imports: this.#imports } });
    return program;
  }

  /** Lets go of a program. */
  remove(program: number): void {
    if (this.#programs.delete(program)) this.#tell({ remove: program });
  }

  /** Whether a program can be run by all threads now. */
  has(program: number): boolean {
    return this.#programs.has(program) && this.ready();
  }

  #tell(message: object): void {
    this.#command(KIND.listen);
    for (const worker of this.#workers) worker.post({ ...message, number: this.#number });
  }

  /** Makes what is in the mailbox the latest command. */
  #command(kind: number): void {
    const mail = this.#mail;
    this.#number = (this.#number + 1) & 0x7fffffff;
    Atomics.store(mail, MAIL.kind, kind);
    Atomics.store(mail, MAIL.number, this.#number);
    if (Atomics.load(mail, MAIL.sleepers) > 0) Atomics.notify(mail, MAIL.number);
  }

  /**
   * Runs `main(thread, threads, ...values)` on all threads and waits for them. Returns what each thread returned; a
   * thread that returns anything but 0 stops the others at their next barrier.
   * @throws GraphError where a thread trapped
   */
  run(program: number, values: readonly number[]): Int32Array {
    const main = this.#programs.get(program);
    if (!main || !this.has(program)) throw this.#error("the program is not ready on all threads");
    if (values.length > MOST_ARGUMENTS)
      throw this.#error(`${values.length} values, the most are ${MOST_ARGUMENTS}`);
    const mail = this.#mail;
    mail[MAIL.program] = program;
    mail.set(values, MAIL.arguments);
    this.#control.fill(0);
    this.#command(KIND.run);
    const statuses = new Int32Array(this.threads);
    let problem: string | undefined;
    try {
      statuses[0] = main(0, this.threads, ...values);
    } catch (error) {
      problem = `thread 0 stopped: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (problem !== undefined || statuses[0] !== 0) this.#stop();
    for (let i = 0; i < this.threads - 1; i++) {
      if (!this.#wait(i)) continue;
      statuses[i + 1] = mail[this.#slot(i) + SLOT.status]!;
      const error = this.#errorOf(i);
      if (error !== undefined) problem ??= `thread ${i + 1} stopped: ${error}`;
    }
    if (this.#lost !== undefined) throw this.#error("a worker has ended");
    if (problem !== undefined) throw this.#error(problem);
    return statuses;
  }

  /** Lets every thread return from its barrier, now or when it gets there. */
  #stop(): void {
    Atomics.store(this.#control, CONTROL.stopped / 4, 1);
    Atomics.add(this.#control, CONTROL.generation / 4, 1);
    Atomics.notify(this.#control, CONTROL.generation / 4);
  }

  /** Whether a worker has done the latest command; waits until it has, or has ended. */
  #wait(worker: number): boolean {
    const at = this.#slot(worker) + SLOT.done;
    for (let spins = SPINS; !this.#isDone(worker); spins--) {
      if (spins > 0 || !this.#maySleep) continue;
      Atomics.store(this.#mail, MAIL.mainSleeps, 1);
      const done = Atomics.load(this.#mail, at);
      const late = done !== this.#number && Atomics.wait(this.#mail, at, done, LOOK_AFTER) === "timed-out";
      Atomics.store(this.#mail, MAIL.mainSleeps, 0);
      if (!late) continue;
      this.look();
      if (this.#ended(worker)) return false;
    }
    return true;
  }

  /** Whether a worker ended before it has done the latest command. */
  #ended(worker: number): boolean {
    return !this.#isDone(worker) && hasEnded(Atomics.load(this.#mail, this.#slot(worker) + SLOT.file));
  }

  /** Stops the run where a worker of it has ended. */
  look(): void {
    for (let i = 0; i < this.threads - 1; i++) {
      if (!this.#ended(i)) continue;
      this.#lose(i + 1, "it ended during a run");
      this.#stop();
    }
  }

  /** The error that a worker has left, which is forgotten then. */
  #errorOf(worker: number): string | undefined {
    const slot = this.#slot(worker);
    const length = Atomics.exchange(this.#mail, slot + SLOT.errorLength, 0);
    if (length === 0) return undefined;
    return new TextDecoder().decode(
      new Uint8Array(this.#mail.buffer, 4 * (slot + SLOT.error), length).slice(),
    );
  }

  #error(problem: string): GraphError {
    return new GraphError({
      op: "threads",
      problem: this.#lost === undefined ? problem : `${problem}: ${this.#lost}`,
    });
  }

  /** Ends the workers. */
  dispose(): void {
    this.#lost ??= "the pool was disposed";
    forgotten?.unregister(this);
    endAll(this.#workers);
  }
}
