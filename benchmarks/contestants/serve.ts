import { createInterface } from "node:readline";
import { type Data, readData } from "../data.ts";
import type { Ready, Reply, Request, Task } from "../messages.ts";

/** Thrown where a contestant has no way to do a task. */
export class Unavailable extends Error {}

/** A task that is ready to run. */
export interface Prepared extends Ready {
  /** Runs the step with this number, from 0, and returns its value. */
  step(index: number): number | Promise<number>;
}

/** What a contestant is: a way to prepare a task. */
export type Prepare = (task: Task, data: Data, threads: number) => Prepared | Promise<Prepared>;

/** Answers requests on stdin, a line each, until it ends. */
export async function serve(prepare: Prepare): Promise<void> {
  let prepared: Prepared | undefined;
  let next = 0;

  const answer = async (request: Request): Promise<Reply> => {
    if (request.do === "usage") return { peak: process.resourceUsage().maxRSS * 1024 };
    if (request.do === "prepare") {
      next = 0;
      const { task, data, threads } = request;
      prepared = await prepare(task, data === undefined ? {} : readData(data), threads);
      return { phases: prepared.phases, about: prepared.about };
    }
    if (!prepared) throw new Error("run comes after prepare");
    const times: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < request.steps; i++) {
      const begin = performance.now();
      const result = prepared.step(next++);
      values.push(typeof result === "number" ? result : await result);
      times.push(performance.now() - begin);
    }
    return { times, values };
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch((error: unknown): Reply => {
      if (error instanceof Unavailable) return { unavailable: error.message };
      return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    });
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}

/** What `run` returns, and the milliseconds that it took. */
export function timed<T>(run: () => T): readonly [result: T, milliseconds: number] {
  const begin = performance.now();
  return [run(), performance.now() - begin];
}
