import { SingleBar } from "cli-progress";

/** What a run shows while it goes on. */
export interface Progress {
  /** After a step: how many are done, its loss in nats, the characters it read and the time it took. */
  advance(step: number, loss: number, characters: number, seconds: number): void;
  /** Text for the record, above the bar. */
  print(text: string): void;
  stop(): void;
}

interface Extent {
  readonly first: number;
  readonly steps: number;
}

/** A bar on a terminal; elsewhere a plain line now and then. */
export const showProgress = (extent: Extent, stream: NodeJS.WriteStream = process.stdout): Progress =>
  stream.isTTY ? new Bar(extent, stream) : new Lines(extent, stream);

export const bitsOf = (loss: number): number => loss / Math.LN2;

/** The mean loss of the last steps or so, and the speed of training. */
class Meter {
  #steps = 0;
  #loss = 0;
  #characters = 0;
  #seconds = 0;

  add(loss: number, characters: number, seconds: number): void {
    this.#steps++;
    this.#loss += (loss - this.#loss) / Math.min(this.#steps, 20);
    this.#characters += characters;
    this.#seconds += seconds;
  }

  show(): { loss: string; bits: string; speed: string } {
    const speed = Math.round(this.#characters / this.#seconds);
    return { loss: this.#loss.toFixed(3), bits: bitsOf(this.#loss).toFixed(3), speed: String(speed) };
  }
}

class Bar implements Progress {
  readonly #extent: Extent;
  readonly #meter: Meter = new Meter();
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
  readonly #started: number = performance.now();
  #step: number;
  #tokens: Record<string, string> = { loss: "-", bits: "-", speed: "-", left: "-" };

  constructor(extent: Extent, stream: NodeJS.WriteStream) {
    this.#extent = extent;
    this.#stream = stream;
    this.#step = extent.first;
    this.#bar = new SingleBar({
      stream,
      format: "{bar} {value}/{total} · loss {loss} · {bits} bits/char · {speed} chars/s · {left} left",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C ends a step first; see main.ts.
      gracefulExit: false,
    });
    this.#start();
  }

  #start(): void {
    this.#bar.start(this.#extent.steps, this.#step, this.#tokens);
  }

  advance(step: number, loss: number, characters: number, seconds: number): void {
    this.#meter.add(loss, characters, seconds);
    this.#step = step;
    const { first, steps } = this.#extent;
    const elapsed = (performance.now() - this.#started) / 1000;
    const left = duration((elapsed / (step - first)) * (steps - step));
    this.#tokens = { ...this.#meter.show(), left };
    this.#bar.update(step, this.#tokens);
  }

  print(text: string): void {
    this.#bar.stop();
    this.#stream.write(`${text}\n`);
    this.#start();
  }

  stop(): void {
    this.#bar.stop();
  }
}

class Lines implements Progress {
  readonly #extent: Extent;
  readonly #meter: Meter = new Meter();
  readonly #stream: NodeJS.WriteStream;

  constructor(extent: Extent, stream: NodeJS.WriteStream) {
    this.#extent = extent;
    this.#stream = stream;
  }

  advance(step: number, loss: number, characters: number, seconds: number): void {
    this.#meter.add(loss, characters, seconds);
    const { steps } = this.#extent;
    if (step % Math.ceil(steps / 20) !== 0 && step !== steps) return;
    const { loss: mean, bits, speed } = this.#meter.show();
    this.print(`step ${step}/${steps}: loss ${mean}, ${bits} bits/character, ${speed} characters/s`);
  }

  print(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  stop(): void {}
}

/** `75` → `1m 15s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, "0")}s`;
}
