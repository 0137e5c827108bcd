/** Logs of metrics: exact, of every metric, and without a row twice wherever training was broken off. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parameter } from "@org/core";
import { type Callback, type CheckpointStore, train } from "@org/optim";
import { csvLog, jsonLinesLog } from "@org/optim/node";
import { afterAll, describe, expect, test } from "vitest";
import { csv } from "../../src/node/csv-log.ts";
import { memoryStore } from "../training/regression.ts";

const root = mkdtempSync(join(tmpdir(), "logs-"));
afterAll(() => rmSync(root, { recursive: true }));

const logs = { "metrics.csv": csvLog, "metrics.jsonl": jsonLinesLog };

/** Nine steps whose loss is 1/step, of three batches an epoch. */
async function run(
  callbacks: Callback[],
  { store, until }: { store?: CheckpointStore; until?: number } = {},
): Promise<void> {
  const made = parameter("made", 0);
  const controller = new AbortController();
  const stop: Callback = { step: ({ step }) => (step === until ? controller.abort() : undefined) };
  await train({
    step: () => {
      made.value = made.value.item() + 1;
      return { loss: 1 / made.value.item() };
    },
    validate: () => ({ loss: 0.1 * made.value.item() }),
    data: [1, 2, 3],
    steps: 8,
    callbacks: [...callbacks, stop],
    signal: controller.signal,
    ...(store ? { checkpoint: { store, state: { made }, every: 2 } } : {}),
  });
}

test("a table", async () => {
  const path = join(root, "new/folder/metrics.csv");
  await run([csvLog(path)]);
  expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
    "step,epoch,loss,validation.loss
    1,0,1,
    2,0,0.5,
    3,0,0.3333333333333333,0.30000000000000004
    4,1,0.25,
    5,1,0.2,
    6,1,0.16666666666666666,0.6000000000000001
    7,2,0.14285714285714285,
    8,2,0.125,0.8
    "
  `);
});

test("lines of JSON", async () => {
  const path = join(root, "metrics.jsonl");
  await run([jsonLinesLog(path)]);
  expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
    "{"step":1,"epoch":0,"loss":1}
    {"step":2,"epoch":0,"loss":0.5}
    {"step":3,"epoch":0,"loss":0.3333333333333333,"validation.loss":0.30000000000000004}
    {"step":4,"epoch":1,"loss":0.25}
    {"step":5,"epoch":1,"loss":0.2}
    {"step":6,"epoch":1,"loss":0.16666666666666666,"validation.loss":0.6000000000000001}
    {"step":7,"epoch":2,"loss":0.14285714285714285}
    {"step":8,"epoch":2,"loss":0.125,"validation.loss":0.8}
    "
  `);
});

test("a row for each epoch", async () => {
  const path = join(root, "epochs.csv");
  await run([csvLog(path, { rows: "epoch" })]);
  expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
    "step,epoch,loss,validation.loss
    3,1,0.611111111111111,0.30000000000000004
    6,2,0.20555555555555557,0.6000000000000001
    8,2,,0.8
    "
  `);
});

describe.each(Object.entries(logs))("%s", (name, log) => {
  test("training that is broken off writes what training without a break does", async () => {
    const whole = join(root, `whole-${name}`);
    await run([log(whole)]);
    for (const rows of ["step", "epoch"] as const) {
      const expected = join(root, `${rows}-${name}`);
      await run([log(expected, { rows })]);
      for (let until = 1; until < 8; until++) {
        const path = join(root, `broken-${rows}-${until}-${name}`);
        const store = memoryStore();
        await run([log(path, { rows })], { store, until });
        await run([log(path, { rows })], { store });
        expect(readFileSync(path, "utf8"), `${until}`).toBe(readFileSync(expected, "utf8"));
      }
    }
  });

  test("rows behind the checkpoint come again, once; so does a line that was torn", async () => {
    const [whole, path] = [join(root, `a-${name}`), join(root, `b-${name}`)];
    await run([log(whole)]);
    const text = readFileSync(whole, "utf8");
    for (let until = 1; until < 8; until++) {
      const { saved, save } = memoryStore();
      await run([log(path)], { store: { save, latest: () => undefined }, until });
      const kept = saved.at(-2); // What the interruption saved is lost.
      for (const torn of ["", "9", "9,", '{"step":', '{"step":9}']) {
        writeFileSync(path, text.slice(0, text.length - 1) + torn);
        const latest = () => (kept ? { name: "kept", bytes: kept } : undefined);
        await run([log(path)], { store: { save: () => {}, latest } });
        expect(readFileSync(path, "utf8"), `${until} ${torn}`).toBe(text);
      }
    }
  });

  test("training that begins anew begins a new file", async () => {
    const path = join(root, `again-${name}`);
    writeFileSync(path, "something else");
    await run([log(path)]);
    const text = readFileSync(path, "utf8");
    await run([log(path)]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("names with signs in them, and numbers that are not finite, survive being read again", async () => {
    const path = join(root, `odd-${name}`);
    const store = memoryStore();
    const go = (steps: number): Promise<unknown> =>
      train({
        step: () => ({ 'a, "quoted" one': Number.NaN, b: -Infinity, c: 1e-300 }),
        data: () => [1, 2],
        steps,
        nonFinite: "ignore",
        checkpoint: { store, state: {} },
        callbacks: [log(path)],
      });
    await go(2);
    const half = readFileSync(path, "utf8");
    await go(4);
    const text = readFileSync(path, "utf8");
    expect(text.startsWith(half)).toBe(true);
    expect(text.match(/NaN/g)).toHaveLength(4);
    expect(text.match(/-Infinity/g)).toHaveLength(4);
  });
});

test("a table reads cells of any length, and cells without a column are none", () => {
  const name = '"'.repeat(3e6);
  const text = csv().file([{ step: 1, [name]: 2 }]);
  // Not toEqual, which takes half a minute for such a name.
  expect(isDeepStrictEqual(csv().parse(text), [{ step: 1, [name]: 2 }])).toBe(true);
  expect(csv().parse("step,loss\n1,2,3\n")).toEqual([{ step: 1, loss: 2 }]);
});
