import { reasonOf } from "../problem.ts";
import type { Built, Curves, Message, Progress } from "../protocol.ts";
import type { Dials, Settings, Text } from "../settings.ts";
import { corpusOf } from "./corpus.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { type CellTyper, cellTyperFor } from "./model.ts";
import { keep, type StoredRun } from "./storage.ts";
import { Training } from "./training.ts";
import type { TextWriter } from "./writer.ts";

/** Milliseconds of training between looks at the messages of the page. */
const SLICE = 30;
/** Milliseconds between looks into the network, between samples, and between times that the run is kept. */
const EVERY = { diagnosis: 700, sample: 2500, keep: 4000 };
/** Steps between looks at the held-out text: a number of steps, so that a run can be repeated. */
const VALIDATE = 50;

/** What reads and writes files comes after the first step. */
export const files = (): Promise<typeof import("./files.ts")> => import("./files.ts");

/** A training, what was seen of it, and the loop that advances it. */
export class Run {
  readonly training: Training;
  readonly text: Text;
  #dials: Dials;
  readonly #tell: (message: Message) => void;
  readonly #curves: { loss: number[]; norm: number[]; heldOut: { step: number; loss: number }[] };
  #running = false;
  #told = 0;
  #toldHeldOut = 0;
  #writer: Promise<TextWriter> | undefined;
  #diagnostics: Promise<Diagnostics> | undefined;
  #watching: { on: boolean; matrix: string | undefined } = { on: false, matrix: undefined };
  readonly #last = { diagnosis: 0, sample: 0, keep: performance.now() };
  /** When so many steps had been done, for the speed. */
  #clock = { time: 0, step: 0 };
  #speed = 0;
  #loop: Promise<void> = Promise.resolve();

  private constructor(
    { settings, dials, text }: { settings: Settings; dials: Dials; text: Text },
    tell: (message: Message) => void,
    { step = 0, curves = { loss: [], norm: [], heldOut: [] } }: { step?: number; curves?: Curves },
    typer: CellTyper | undefined,
  ) {
    this.training = new Training(settings, dials, corpusOf(text.content), step, typer);
    this.text = text;
    this.#dials = dials;
    this.#tell = tell;
    this.#curves = { loss: [...curves.loss], norm: [...curves.norm], heldOut: [...curves.heldOut] };
    this.#told = this.#curves.loss.length;
    this.#toldHeldOut = this.#curves.heldOut.length;
  }

  static async make(
    run: { settings: Settings; dials: Dials; text: Text },
    tell: (message: Message) => void,
    done: { step?: number; curves?: Curves } = {},
  ): Promise<Run> {
    return new Run(run, tell, done, await cellTyperFor(run.settings));
  }

  /** The run that was kept, made again. */
  static async stored(run: StoredRun, tell: (message: Message) => void): Promise<Run> {
    const made = await Run.make(run, tell, run);
    (await files()).restore(made.training, run.checkpoint);
    return made;
  }

  get dials(): Dials {
    return this.#dials;
  }

  get built(): Built {
    const { training } = this;
    return {
      settings: training.settings,
      dials: this.#dials,
      text: this.text,
      step: training.step,
      batch: training.batch,
      characters: training.characters,
      weights: Object.values(training.weights).reduce(
        (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
        0,
      ),
      vocabulary: training.corpus.vocabulary.size,
      threads: training.runtime.threads,
      curves: this.#curves,
      running: this.#running,
    };
  }

  play(): void {
    if (this.#running) return;
    this.#running = true;
    this.#clock = { time: performance.now(), step: this.training.step };
    this.#loop = this.#advance();
  }

  /** Resolved when the loop stands still and the run is kept. */
  async pause(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await this.keep();
  }

  async once(): Promise<void> {
    if (this.#running) await this.pause();
    this.#step();
    // What is shown is kept: a reload right after it finds it again.
    await this.keep();
    this.#report();
    await this.#look(true);
  }

  async turn(dials: Dials): Promise<void> {
    this.#dials = dials;
    this.training.turn(dials);
    if (!this.#running) await this.keep();
  }

  async watch(watching: { on: boolean; matrix: string | undefined }): Promise<readonly string[]> {
    this.#watching = watching;
    const { matrices } = await this.#diagnose();
    await this.#look(true);
    return matrices;
  }

  async writer(): Promise<TextWriter> {
    this.#writer ??= import("./writer.ts").then(({ TextWriter }) => new TextWriter(this.training));
    return this.#writer;
  }

  async keep(): Promise<void> {
    const { checkpointFile } = await files();
    const { settings, step } = this.training;
    this.#last.keep = performance.now();
    await keep({
      settings,
      dials: this.#dials,
      text: this.text,
      step,
      checkpoint: checkpointFile(this.training, this.#dials),
      curves: this.#curves,
      running: this.#running,
    });
  }

  /** Stops, and gives memory and threads back. */
  async end(): Promise<void> {
    this.#running = false;
    await this.#loop;
    this.training.dispose();
  }

  async #advance(): Promise<void> {
    try {
      while (this.#running) {
        const end = performance.now() + SLICE;
        do this.#step();
        while (performance.now() < end && this.#told > 0);
        this.#report();
        await turn();
        if (this.#running) await this.#look(false);
      }
    } catch (error) {
      this.#running = false;
      this.#tell({ kind: "stopped", reason: reasonOf(error, "stopped") });
    }
  }

  #step(): void {
    const { loss, norm } = this.training.advance();
    this.#curves.loss.push(loss);
    this.#curves.norm.push(norm);
    if (this.training.step % VALIDATE !== 0) return;
    const heldOut = this.training.validate();
    if (heldOut !== undefined) this.#curves.heldOut.push({ step: this.training.step, loss: heldOut });
  }

  #report(): void {
    const [now, { step }] = [performance.now(), this.training];
    const passed = now - this.#clock.time;
    if (passed > 900 || this.#speed === 0) {
      this.#speed = (1000 * (step - this.#clock.step) * this.training.characters) / Math.max(1, passed);
      if (passed > 900) this.#clock = { time: now, step };
    }
    const { loss, norm, heldOut } = this.#curves;
    const progress: Progress = {
      kind: "progress",
      step,
      loss: loss.slice(this.#told),
      norm: norm.slice(this.#told),
      heldOut: heldOut.slice(this.#toldHeldOut),
      speed: this.#speed,
    };
    this.#told = loss.length;
    this.#toldHeldOut = heldOut.length;
    this.#tell(progress);
  }

  /** What is done now and then; `all` of it, where the reader waits for it. */
  async #look(all: boolean): Promise<void> {
    const now = performance.now();
    if (this.#watching.on && (all || now - this.#last.diagnosis > EVERY.diagnosis)) {
      const diagnostics = await this.#diagnose();
      const diagnosis = diagnostics.look(this.#watching.matrix);
      this.#tell({ kind: "diagnosis", diagnosis });
      // Looking may take long in large networks: then it is done more rarely.
      this.#last.diagnosis = performance.now() + 3 * (performance.now() - now);
    }
    if (this.#running && now - this.#last.sample > EVERY.sample) {
      const writer = await this.writer();
      this.#tell({ kind: "sample", sample: writer.write(240) });
      this.#last.sample = performance.now();
    }
    if (this.#running && now - this.#last.keep > EVERY.keep) await this.keep();
  }

  async #diagnose(): Promise<Diagnostics> {
    this.#diagnostics ??= import("./diagnostics.ts").then(
      ({ Diagnostics }) => new Diagnostics(this.training),
    );
    return this.#diagnostics;
  }
}

const channel = new MessageChannel();

/** Lets messages of the page in. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(0);
  });
