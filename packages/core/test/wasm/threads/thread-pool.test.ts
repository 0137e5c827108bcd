import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { GraphError } from "../../../src/errors.ts";
import { ThreadPool } from "../../../src/targets/wasm/threads/thread-pool.ts";
import {
  CELLS,
  instance,
  phasesModule,
  poolOptions,
  seenAfter,
  sharedMemory,
  type Trouble,
  until,
} from "./phases-module.ts";

// Threads that share a core with others take turns.
vi.setConfig({ testTimeout: 60_000 });

let pool: ThreadPool | undefined;
afterEach(() => pool?.dispose());

/** A pool with a program that all its threads have. */
function ready(threads: number, trouble?: Trouble) {
  const memory = sharedMemory();
  const made = new ThreadPool(poolOptions(threads, memory));
  pool = made;
  const [module, exports] = instance(phasesModule(trouble), memory, () => made.look());
  const program = made.add(module, exports);
  expect(until(() => made.has(program), 20_000)).toBe(true);
  const cells = new Int32Array(memory.buffer, CELLS);
  const seen = () => Array.from({ length: threads }, (_, thread) => cells[16 * thread + 1]);
  return { pool: made, program, seen, exports, memory };
}

test.each([
  [2, 10_000],
  [3, 2000],
])("%i threads keep step over %i phases", (threads, many) => {
  const { pool, program, seen } = ready(threads);
  expect([...pool.run(program, [many])]).toEqual(Array(threads).fill(0));
  expect(seen()).toEqual(Array(threads).fill(seenAfter(threads, many)));
  for (let phases = 1; phases < 100; phases++) {
    pool.run(program, [phases]);
    expect(seen()).toEqual(Array(threads).fill(seenAfter(threads, phases)));
  }
});

test("one thread needs no pool", () => {
  const memory = sharedMemory();
  const [, { main }] = instance(phasesModule(), memory);
  expect(main(0, 1, 100)).toBe(0);
  expect(new Int32Array(memory.buffer, CELLS)[1]).toBe(seenAfter(1, 100));
});

test("workers that sleep wake up", async () => {
  const { pool, program, seen } = ready(2);
  for (let i = 0; i < 3; i++) {
    await new Promise((done) => setTimeout(done, 20));
    pool.run(program, [3]);
    expect(seen()).toEqual(Array(2).fill(seenAfter(2, 3)));
  }
});

test("programs come and go, workers catch up by themselves", () => {
  const { pool, memory, program, seen } = ready(3);
  const programs = (["none", "fail", "none"] as const).map((trouble) => {
    const [module, exports] = instance(phasesModule(trouble), memory);
    return pool.add(module, exports);
  });
  pool.remove(program);
  expect(pool.has(program)).toBe(false);
  expect(until(() => pool.has(programs[2]!), 20_000)).toBe(true);
  pool.run(programs[2]!, [50]);
  expect(seen()).toEqual(Array(3).fill(seenAfter(3, 50)));
  expect(() => pool.run(program, [1])).toThrow("the program is not ready on all threads");
});

test("a thread that traps stops the others, and the pool goes on", () => {
  for (const threads of [2, 3]) {
    const { pool, program, memory, seen } = ready(threads, "trap");
    const start = performance.now();
    expect(() => pool.run(program, [1000])).toThrow(GraphError);
    expect(() => pool.run(program, [1000])).toThrow(/thread 1 stopped: unreachable/);
    expect(performance.now() - start).toBeLessThan(5000);
    const [module, exports] = instance(phasesModule(), memory);
    const good = pool.add(module, exports);
    expect(until(() => pool.has(good), 20_000)).toBe(true);
    pool.run(good, [20]);
    expect(seen()).toEqual(Array(threads).fill(seenAfter(threads, 20)));
    pool.dispose();
  }
});

test("the main thread that traps stops the others", () => {
  const { pool, memory } = ready(2);
  const [module, exports] = instance(phasesModule(), memory);
  const main = () => {
    throw new Error("out of luck");
  };
  const program = pool.add(module, { ...exports, main });
  expect(until(() => pool.has(program), 20_000)).toBe(true);
  expect(() => pool.run(program, [1000])).toThrow("thread 0 stopped: out of luck");
});

test("a thread that fails stops the others; each one's status is told", () => {
  const { pool, program } = ready(3, "fail");
  for (let i = 0; i < 10; i++) expect([...pool.run(program, [100])]).toEqual([0, 7, 0]);
});

test.each([
  [2, 0],
  [3, 0],
  [3, 1],
])("of %i threads, a worker that ends before a run or in it is an error, not a hang", (threads, victim) => {
  for (const delay of [0, 1]) {
    const workers: Worker[] = [];
    const spy = vi.spyOn(Worker.prototype, "unref").mockImplementation(function (this: Worker) {
      workers.push(this);
    });
    const { pool, program } = ready(threads);
    spy.mockRestore();
    pool.run(program, [10]);
    // No event is seen before the runs are over: nothing here waits.
    workers[victim]!.terminate();
    until(() => false, delay);
    const runs = () => {
      for (let i = 0; i < 1000; i++) pool.run(program, [10_000]);
    };
    expect(runs).toThrow(`threads: a worker has ended: thread ${victim + 1}: it ended during a run`);
    expect(() => pool.run(program, [1])).toThrow("the program is not ready on all threads");
    pool.dispose();
  }
});

test("a program that workers cannot instantiate makes the pool useless, not the process", () => {
  const { pool, program, exports } = ready(2);
  pool.add({}, exports);
  expect(until(() => pool.lost !== undefined || pool.has(program), 20_000)).toBe(true);
  expect(pool.has(program)).toBe(false);
  expect(pool.lost).toMatch(/^thread 1: /);
  expect(() => pool.run(program, [1])).toThrow("the program is not ready on all threads: thread 1: ");
});

test("a process ends by itself while its workers sleep, spin or start", () => {
  const script = (wait: boolean) => `
    const { instance, phasesModule, poolOptions, sharedMemory, until } = await import("./phases-module.ts");
    const { ThreadPool } = await import("../../../src/targets/wasm/threads/thread-pool.ts");
    const memory = sharedMemory();
    const pool = new ThreadPool(poolOptions(3, memory));
    const program = pool.add(...instance(phasesModule(), memory));
    if (${wait}) {
      until(() => pool.has(program), 20000);
      pool.run(program, [100]);
      await new Promise((done) => setTimeout(done, 10));
    }
    console.log("end");`;
  for (const wait of [true, false]) {
    const options = ["--import", "tsx", "--input-type=module", "--eval", script(wait)];
    const { stdout, stderr, status } = spawnSync(process.execPath, options, {
      cwd: import.meta.dirname,
      timeout: 20_000,
      encoding: "utf8",
    });
    expect([stdout, stderr, status]).toEqual(["end\n", "", 0]);
  }
});
