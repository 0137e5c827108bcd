import { checkOptionNames } from "@org/core";
import type { Callback } from "../training/callback.ts";
import type { Numbers } from "../training/metrics.ts";
import { duration } from "./duration.ts";

/** What a line or a bar says of training. */
export interface ProgressView {
  /** Of the last step; empty before the first. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Steps made, and those made since this program began. */
  readonly step: number;
  readonly made: number;
  /** Since the first step of this program. */
  readonly seconds: number;
}

/** Where progress is shown, such as `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What `progressBar` takes. */
export interface ProgressBarOptions {
  /** Where it is shown. @default process.stdout */
  readonly stream?: ProgressStream;
  /** What it says beside the number of steps. Default: every metric with four digits. */
  readonly describe?: (view: ProgressView) => string;
  /** Where there is no terminal: how many lines there are in all. @default 20 */
  readonly lines?: number;
}

/** A callback of `train` that shows how far it is. */
export interface ProgressBar extends Callback<Record<string, number>, Record<string, number>> {
  /** Shows text for the record, above the bar. */
  print(text: string): void;
}

/** How it is shown: a bar that moves, or lines. */
interface Display {
  show(step: number, text: string): void;
  print(text: string): void;
  stop(): void;
}

/**
 * A bar with steps, metrics and the time that is left, for the `callbacks` of `train`; where the stream is no terminal,
 * a plain line now and then. A bar needs the package `cli-progress`.
 * @throws Error, when training begins on a terminal, without that package
 */
export function progressBar(options: ProgressBarOptions = {}): ProgressBar {
  checkOptionNames("progressBar", options, "stream describe lines");
  const { stream = process.stdout, describe = everyMetric, lines = 20 } = options;
  const print = (text: string): void => void stream.write(`${text}\n`);
  let display: Display = { show: () => {}, print, stop: () => {} };
  let [first, started] = [0, 0];
  return {
    async start({ step, total }) {
      [first, started] = [step, performance.now()];
      display = stream.isTTY ? await bar(stream, step, total) : plain(print, total, lines);
    },
    step({ step, metrics }) {
      const seconds = (performance.now() - started) / 1000;
      display.show(step, describe({ metrics, step, made: step - first, seconds }));
    },
    validation({ step, metrics }) {
      display.print(`step ${step}: validation ${everyMetric({ metrics })}`);
    },
    print: (text) => display.print(text),
    end() {
      display.stop();
    },
  };
}

const everyMetric = ({ metrics }: { readonly metrics: Numbers<Record<string, number>> }): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(", ");

function plain(print: (text: string) => void, total: number | undefined, lines: number): Display {
  const every = total === undefined ? 100 : Math.ceil(total / lines);
  return {
    show(step, text) {
      if (step % every === 0 || step === total) print(`step ${step}${total ? `/${total}` : ""}: ${text}`);
    },
    print,
    stop: () => {},
  };
}

async function bar(stream: ProgressStream, first: number, total: number | undefined): Promise<Display> {
  const { SingleBar } = await import("cli-progress").catch((cause: unknown) => {
    throw new Error("progressBar: on a terminal it needs the package cli-progress", { cause });
  });
  const known = total !== undefined;
  const single = new SingleBar({
    stream: stream as NodeJS.WriteStream,
    format: `${known ? "{bar} {value}/{total}" : "{value} steps"} · {text}${known ? " · {left} left" : ""}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false, // Ctrl-C is for `interruptible`, which lets a step finish.
  });
  const started = performance.now();
  let [at, tokens] = [first, { text: "", left: "-" }];
  const begin = (): void => single.start(total ?? 0, at, tokens);
  begin();
  return {
    show(step, text) {
      const seconds = (performance.now() - started) / 1000;
      const left = duration((seconds / (step - first)) * ((total ?? 0) - step));
      [at, tokens] = [step, { text, left }];
      single.update(step, tokens);
    },
    print(text) {
      single.stop();
      stream.write(`${text}\n`);
      begin();
    },
    stop: () => single.stop(),
  };
}
