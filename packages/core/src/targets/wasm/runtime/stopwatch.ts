import type { PlainKernel } from "../../../lower/kernel.ts";
import { describeKernel, workOf } from "../../../lower/work.ts";
import type { JobTimes } from "../../../runtime.ts";

/** How long a program runs before it is timed, since engines make code faster while it runs, and how long it is timed. */
const WARM_UP = 150;
const TIMED = 300;
const LEAST_CALLS = 3;

/** Times the kernels of a program that calls `lap` behind each of them. */
export class Stopwatch {
  #last = 0;
  #times: number[] = [];
  #runs: number[] = [];

  start(): void {
    this.#last = performance.now();
  }

  readonly lap = (kernel: number): void => {
    const now = performance.now();
    this.#times[kernel] = (this.#times[kernel] ?? 0) + now - this.#last;
    this.#runs[kernel] = (this.#runs[kernel] ?? 0) + 1;
    this.#last = now;
  };

  /** Runs a program as it is and as it tells of its kernels, in turns. */
  measure(kernels: readonly PlainKernel[], plain: () => void, timed: () => void): JobTimes {
    const turn = (run: () => void): number => {
      const start = performance.now();
      run();
      return performance.now() - start;
    };
    for (const began = performance.now(); performance.now() - began < WARM_UP; ) {
      plain();
      timed();
    }
    this.#times = [];
    this.#runs = [];
    const plainly: number[] = [];
    let calls = 0;
    for (const began = performance.now(); calls < LEAST_CALLS || performance.now() - began < TIMED; calls++) {
      plainly.push(turn(plain));
      timed();
    }
    const cost = this.#costOfLap();
    const milliseconds = plainly.sort((a, b) => a - b)[plainly.length >> 1]!;
    return {
      milliseconds,
      calls,
      kernels: kernels.map((kernel, i) => {
        const runs = (this.#runs[i] ?? 0) / calls;
        const { flops, bytes } = workOf(kernel);
        return {
          name: describeKernel(kernel),
          nodes: kernel.nodes,
          runs,
          milliseconds: Math.max(0, (this.#times[i] ?? 0) / calls - runs * cost),
          flops: runs * flops,
          bytes: runs * bytes,
        };
      }),
    };
  }

  /** Milliseconds of a lap itself. */
  #costOfLap(): number {
    const laps = 10_000;
    const [times, runs] = [this.#times, this.#runs];
    [this.#times, this.#runs] = [[], []];
    const start = performance.now();
    for (let i = 0; i < laps; i++) this.lap(0);
    const cost = (performance.now() - start) / laps;
    [this.#times, this.#runs] = [times, runs];
    return cost;
  }
}
