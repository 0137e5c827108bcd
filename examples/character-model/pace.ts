import { performance } from "node:perf_hooks";
import type { Options } from "./options.ts";
import type { Corpus } from "./text.ts";
import { Training } from "./training.ts";

/** What a run may take without being told how long, in seconds, and what of it is not for steps: looks, report. */
const about = 120;
const reserved = 10;
/** Of a trial: engines make code faster while it runs, and threads have to start. */
const trial = 2.5;
const leastSteps = 1000;

export interface Pace {
  readonly steps: number;
  /** Of one step. */
  readonly milliseconds: number;
}

/**
 * How many steps take about two minutes on this machine, by the pace of a training that is thrown away; in hundreds, at
 * least a thousand, at most those of the options. A number once chosen is part of the run: the learning rate falls until its end.
 */
export function stepsInTime(options: Options, corpus: Corpus): Pace {
  const training = new Training(options, corpus, options.temperature);
  const times: number[] = [];
  const began = performance.now();
  for (const window of training.windows(0)) {
    const start = performance.now();
    training.advance(window);
    times.push(performance.now() - start);
    if (performance.now() - began > trial * 1000) break;
  }
  training.dispose();
  // The second half is what the engine has made fast; its median does not mind what else the machine was doing.
  const late = times.slice(times.length >> 1).sort((a, b) => a - b);
  const milliseconds = late[late.length >> 1]!;
  return { steps: stepsFor(milliseconds, options.steps), milliseconds };
}

/** The steps of so many milliseconds that fit into the time. */
export function stepsFor(milliseconds: number, most: number): number {
  const fitting = Math.floor(((about - reserved) * 1000) / milliseconds / 100) * 100;
  return Math.min(most, Math.max(leastSteps, fitting));
}
