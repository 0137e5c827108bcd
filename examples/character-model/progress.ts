import { SingleBar } from "cli-progress";

/** What a run shows while it goes on. */
export interface Progress {
  /** After a step: how many are done, the loss in nats, and the characters read since the last call. */
  advance(step: number, loss: number, characters: number): void;
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

/** The loss and the speed, both as running means over the last steps or so. */
class Meter {
  readonly #started: number = performance.now();
  #loss: number | undefined;
  #characters = 0;

  add(loss: number, characters: number): void {
    this.#loss = this.#loss === undefined ? loss : 0.95 * this.#loss + 0.05 * loss;
    this.#characters += characters;
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  show(): { loss: string; bits: string; speed: string } {
    const loss = this.#loss ?? Number.NaN;
    const speed = Math.round(this.#characters / this.seconds);
    return { loss: loss.toFixed(3), bits: bitsOf(loss).toFixed(3), speed: String(speed) };
  }
}

class Bar implements Progress {
  readonly #extent: Extent;
  readonly #meter: Meter = new Meter();
  readonly #stream: NodeJS.WriteStream;
  readonly #bar: SingleBar;
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

  advance(step: number, loss: number, characters: number): void {
    this.#meter.add(loss, characters);
    this.#step = step;
    const perStep = this.#meter.seconds / (step - this.#extent.first);
    const left = duration(perStep * (this.#extent.steps - step));
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

  advance(step: number, loss: number, characters: number): void {
    this.#meter.add(loss, characters);
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
