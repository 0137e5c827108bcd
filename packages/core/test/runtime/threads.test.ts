/** Several threads compute the same bits, whether their workers are there or not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import {
  add,
  compile,
  concat,
  createRuntime,
  evaluate,
  grad,
  input,
  matmul,
  max,
  mean,
  mul,
  NDArray,
  type Parameter,
  parameter,
  type Runtime,
  scan,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
} from "@org/core";
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";
import { threading } from "../../src/targets/wasm/runtime/threading.ts";
import { workerSource } from "../../src/targets/wasm/threads/worker-source.ts";
import { arbitraryCountedLoop, type CountedLoop, counted, ordersOf } from "../loops/counted-loops.ts";
import { derivatives, expectClose } from "../properties/runs.ts";
import { eager, settle } from "./eager.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("where workers cannot start there is one thread and one warning, and every step runs", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const w = parameter("w", [[1, 2]]);
  for (let i = 0; i < 2; i++) {
    const runtime = eager(2, "file:///nowhere/worker.js");
    const step = compile({ outputs: { y: sum(matmul(w, [[3], [4]])) }, updates: [[w, mul(w, 2)]], runtime });
    expect(step().y.item()).toBe(11 * 4 ** i);
    await vi.waitFor(() => expect(runtime.threads).toBe(1), 20_000);
    expect(step().y.item()).toBe(22 * 4 ** i);
    expect([step.report().threads, runtime.ready()]).toEqual([1, false]);
  }
  expect(warn.mock.calls.map(([text]) => String(text))).toEqual([expect.stringMatching(/worker-src/)]);
  warn.mockRestore();
});

test("workers start from a file of the user's own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unroll-worker-"));
  for (const ending of ["mjs", "cjs"]) {
    const file = join(folder, `worker.${ending}`);
    writeFileSync(file, workerSource);
    const runtime = eager(2, pathToFileURL(file));
    const w = parameter("w", wave([8, 8], 1));
    const step = compile({ outputs: { y: tanh(matmul(w, w)) }, runtime });
    await vi.waitFor(() => expect(runtime.ready()).toBe(true), 20_000);
    const alone = compile({ outputs: { y: tanh(matmul(w, w)) }, runtime: createRuntime() });
    expect(step().y).toEqual(alone().y);
    expect(runtime.threads).toBe(2);
  }
  rmSync(folder, { recursive: true });
});

const wave = (shape: readonly number[], seed: number, scale = 1): NDArray => {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NDArray(
    "f32",
    shape,
    Float32Array.from({ length: size }, (_, i) => scale * Math.sin(seed + 1.7 * i)),
  );
};

/** A gated recurrent network and its training step. */
function network(batch: number, hidden: number, steps: number) {
  const x = input("x", [steps, batch, hidden]);
  const w = parameter("w", wave([hidden, hidden], 1, 0.2));
  const v = parameter("v", wave([hidden, hidden], 2, 0.2));
  const b = parameter("b", wave([hidden], 3, 0.1));
  const { ys } = scan(
    (h: Tensor, part: Tensor) => {
      const z = sigmoid(add(matmul(h, v), b));
      const next = add(mul(z, h), mul(sub(1, z), tanh(add(matmul(h, w), part))));
      return { carry: next, y: next };
    },
    { init: wave([batch, hidden], 4), xs: x },
  );
  const loss = mean(square(ys as Tensor));
  const parameters = { w, v, b };
  const gradients = grad(loss, parameters);
  const updates = (["w", "v", "b"] as const).map(
    (name) => [parameters[name], sub(parameters[name], mul(0.5, gradients[name]))] as const,
  );
  return { x, loss, parameters, updates };
}

function losses(runtime: Runtime, batch: number, prepare: () => void = () => undefined): number[] {
  const { x, loss, parameters, updates } = network(batch, 24, 9);
  const step = compile({ inputs: { x }, outputs: { loss }, updates, runtime });
  prepare();
  const xs = wave([9, batch, 24], 5);
  const seen = Array.from({ length: 4 }, () => step({ x: xs }).loss.item());
  return [...seen, ...Object.values(parameters).flatMap(({ value }) => [...value.data])];
}

test.each([2, 3])("%i threads: the same bits before and after the workers are there", (threads) => {
  for (const batch of [12, 7, 1]) {
    const early = losses(eager(threads), batch);
    const runtime = eager(threads);
    expect(losses(runtime, batch, () => settle(runtime))).toEqual(early);
    expect(losses(runtime, batch, () => settle(runtime))).toEqual(early);
    const alone = losses(createRuntime(), batch);
    early.forEach((value, i) => {
      expect(Math.abs(value - alone[i]!)).toBeLessThan(1e-6);
    });
  }
});

test("a network that takes rows of a table in every step", () => {
  const ids = input("ids", [9, 8], "i32");
  const table = parameter("table", wave([5, 16], 1));
  const w = parameter("w", wave([16, 16], 2, 0.2));
  const { ys } = scan(
    (h: Tensor, id: Tensor) => {
      const next = tanh(add(matmul(h, w), take(table, id)));
      return { carry: next, y: next };
    },
    { init: wave([8, 16], 4), xs: ids },
  );
  const loss = mean(square(ys as Tensor));
  const outputs = [loss, ...grad(loss, [table, w])];
  const feeds = { ids: Int32Array.from({ length: 72 }, (_, i) => ((i * i) % 9) - 4) };
  const expected = evaluate(outputs, feeds);
  for (const off of [undefined, false]) {
    const runtime = eager(2);
    const rewrites = off === false ? { commuteEmbedding: off, fuseLookups: off, hoistProducts: off } : {};
    const run = compile({ inputs: { ids }, outputs, runtime, rewrites });
    settle(runtime);
    expectClose(run(feeds), expected, 1e-5);
  }
});

test("loops that do not need each other run at once: the same bits, and the error that one thread gives", () => {
  const ids = { there: input("there", [7], "i32"), back: input("back", [7], "i32") };
  const [table, w, v] = [wave([5, 12], 1), wave([12, 12], 2, 0.2), wave([12, 12], 3, 0.2)].map((value, i) =>
    parameter(`p${i}`, value),
  ) as [Parameter, Parameter, Parameter];
  const direction = (xs: Tensor, weights: Tensor, reverse: boolean): Tensor => {
    const step = (h: Tensor, id: Tensor) => {
      const next = tanh(add(matmul(h, weights), take(table, id)));
      return { carry: next, y: next };
    };
    return scan(step, { init: wave([12], 4), xs, reverse }).ys;
  };
  const joined = concat([direction(ids.there, w, false), direction(ids.back, v, true)], { axis: 1 });
  const loss = mean(square(joined));
  const parameters = { table, w, v };
  const gradients = grad(loss, parameters);
  const updates = (["table", "w", "v"] as const).map((name) => [parameters[name], sub(parameters[name], mul(0.5, gradients[name]))] as const); // biome-ignore format: one line
  const before = Object.values(parameters).map(({ value }) => value);
  const good = [0, 4, 1, 1, 3, 2, 0];
  const feeds = [good, [0, 1, 9, 2, 0, 0, 0]].flatMap((there) =>
    [good, [0, 0, 0, 8, 0, 7, 0]].map((back) => ({
      there: Int32Array.from(there),
      back: Int32Array.from(back),
    })),
  );
  const seen = [createRuntime(), eager(2), eager(3)].map((runtime) => {
    const run = compile({ inputs: ids, outputs: { joined, loss, gradients }, updates, runtime });
    if (runtime instanceof WasmRuntime) settle(runtime);
    return feeds.map((each) => {
      Object.values(parameters).forEach((parameter, i) => {
        parameter.value = before[i]!;
      });
      try {
        const { gradients, ...rest } = run(each);
        return [...Object.values(rest), ...Object.values(gradients), ...Object.values(parameters).map(({ value }) => value)].map(({ data }) => [...data]); // biome-ignore format: one line
      } catch (error) {
        expect(Object.values(parameters).map(({ value }) => value.data)).toEqual(
          before.map(({ data }) => data),
        );
        return (error as Error).message;
      }
    });
  });
  expect(seen[0]!.map((each) => typeof each)).toEqual(["object", "string", "string", "string"]);
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).toEqual(seen[0]);
});

/** Inner loops that make no step, and whose barriers nobody comes to. */
const idleLoops: CountedLoop = {
  time: 1,
  batch: 40,
  count: 1,
  reverse: false,
  checkpoint: undefined,
  total: false,
  inner: 0,
  ys: ["before"],
  readsCarry: false,
};

test("loops that end early, by a count that one thread computes", () => {
  const runtime = eager(2);
  fc.assert(
    fc.property(arbitraryCountedLoop, (program) => {
      const lengths = input("lengths", [3], "i32");
      const outputs = ordersOf(program, counted, max(lengths));
      const run = compile({ inputs: { lengths }, outputs, runtime });
      settle(runtime);
      const feeds = { lengths: Int32Array.of(-5, program.count, program.count - 1) };
      const expected = evaluate(outputs, feeds);
      for (let call = 0; call < 3; call++) expectClose(run(feeds), expected);
      run.dispose();
    }),
    { ...runs(12), examples: [[idleLoops]] },
  );
});

test("random graphs on two threads", () => {
  const runtime = eager(2);
  fc.assert(
    fc.property(arbitraryGraph({ smooth: true }), (graph) => {
      const tensors = derivatives(graph);
      const run = compile({ inputs: graph.inputs, outputs: tensors, runtime });
      settle(runtime);
      const expected = evaluate(tensors, graph.feeds);
      for (let call = 0; call < 3; call++) expectClose(run(graph.feeds as never), expected);
      run.dispose();
    }),
    runs(20),
  );
});

test("an index out of range on any thread is the error of one thread, and changes nothing", () => {
  const ids = input("ids", [6], "i32");
  const table = parameter("table", wave([4, 8], 1));
  const loss = sum(square(take(table, ids)));
  const updates = [[table, sub(table, grad(loss, table))]] as const;
  const messages = [createRuntime(), eager(2), eager(3)].map((runtime) => {
    const step = compile({ inputs: { ids }, outputs: { loss }, updates, runtime });
    if (runtime instanceof WasmRuntime) settle(runtime);
    const before = table.value.data;
    const failing = [
      [0, 1, 9, 2, 7, 3],
      [0, 1, 2, 3, 0, 7],
      [9, 0, 0, 0, 0, 0],
    ].map((values) => {
      try {
        step({ ids: Int32Array.from(values) });
      } catch (error) {
        return (error as Error).message;
      }
      return "nothing was thrown";
    });
    expect(table.value.data).toEqual(before);
    step({ ids: Int32Array.from([0, 1, 2, 3, 0, 1]) });
    table.value = new NDArray("f32", [4, 8], before as Float32Array);
    return failing;
  });
  expect(messages[1]).toEqual(messages[0]);
  expect(messages[2]).toEqual(messages[0]);
  expect(messages[0]).toMatchInlineSnapshot(`
    [
      "take: index 9 is out of range for axis 0 of size 4
      rule: -4 ≤ index < 4",
      "take: index 7 is out of range for axis 0 of size 4
      rule: -4 ≤ index < 4",
      "take: index 9 is out of range for axis 0 of size 4
      rule: -4 ≤ index < 4",
    ]
  `);
});

test.each([true, false])("a worker that ends is an error, not a hang; told: %s", async (told) => {
  const workers: Worker[] = [];
  const spy = vi.spyOn(Worker.prototype, "unref").mockImplementation(function (this: Worker) {
    workers.push(this);
  });
  const runtime = eager(2);
  spy.mockRestore();
  const p = parameter("p", wave([8000], 1));
  const run = compile({ outputs: sum(p), updates: [[p, tanh(p)]], runtime });
  settle(runtime);
  run();
  let value = p.value;
  const ends = workers[0]!.terminate();
  if (told) await ends;
  // Until the event loop tells of it, only who waits can see it.
  expect(() => {
    for (let i = 0; i < (told ? 1 : 1000); i++) {
      run();
      value = p.value;
    }
  }).toThrow(`a worker has ended: thread 1: it ended ${told ? "with code 1" : "during a run"}`);
  expect(p.value.data).toEqual(value.data);
  const other = compile({ outputs: sum(p) });
  expect(other().item()).toBeCloseTo(
    [...value.data].reduce((a, b) => a + b, 0),
    4,
  );
});

test("workers of a runtime that nobody holds end, though it was not disposed of", async () => {
  const ended: Promise<unknown>[] = [];
  const spy = vi.spyOn(Worker.prototype, "unref").mockImplementation(function (this: Worker) {
    ended.push(new Promise((done) => this.once("exit", done)));
  });
  const use = (): void => {
    const runtime = new WasmRuntime({ threading: threading(2), leastCost: 0 });
    const p = parameter("p", wave([800], 1));
    const run = compile({ outputs: sum(p), updates: [[p, tanh(p)]], runtime });
    settle(runtime);
    run();
  };
  for (let i = 0; i < 5; i++) use();
  spy.mockRestore();
  let left = ended.length;
  for (const each of ended) void each.then(() => left--);
  for (let i = 0; i < 200 && left > 0; i++) {
    collect();
    await new Promise((done) => setTimeout(done, 20));
  }
  expect([ended.length, left]).toEqual([5, 0]);
});

test("without shared memory a runtime has one thread, and says so", () => {
  const { SharedArrayBuffer } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    const runtime = createRuntime({ threads: 2 });
    expect(runtime.threads).toBe(1);
    const run = compile({ outputs: add(parameter("p", [1, 2]), 1), runtime });
    expect(run.report().threads).toBe(1);
    expect(run().toNested()).toEqual([2, 3]);
  } finally {
    Object.assign(globalThis, { SharedArrayBuffer });
  }
});
