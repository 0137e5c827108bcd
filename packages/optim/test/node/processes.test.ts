/** Several processes of Node that train together learn what one learns; one that dies ends the run, and its checkpoint is whole. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, DTypeError, loadTensors, type NDArray } from "@org/core";
import { checkpointFolder, joinProcesses, launchProcesses, type ProcessGroup } from "@org/optim/node";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { bundled } from "./bundled.ts";

const root = mkdtempSync(join(tmpdir(), "processes-"));
afterAll(() => rmSync(root, { recursive: true }));
let program = "";
beforeAll(async () => {
  program = await bundled("parallel-training.ts", root);
});

const learnt = (name: string, rank: number): Record<string, NDArray> =>
  loadTensors(readFileSync(join(root, `${name}-${rank}.safetensors`)));

test("1, 2 and 4 processes learn the same from the same batches", async () => {
  for (const processes of [1, 2, 4]) {
    await launchProcesses(program, { processes, args: ["6", join(root, `run${processes}`)] });
    for (const [name, { data }] of Object.entries(learnt(`run${processes}`, processes - 1))) {
      const expected = learnt("run1", 0)[name]!.data;
      const all = learnt(`run${processes}`, 0)[name]!.data;
      expect(data).toEqual(all);
      for (const [i, value] of expected.entries()) expect(Math.abs(data[i]! - value)).toBeLessThan(1e-12);
    }
  }
}, 60_000);

test("a process that is killed ends the others by its name; the last checkpoint is whole, and two go on from it", async () => {
  const lost = join(root, "lost");
  await expect(launchProcesses(program, { processes: 4, args: ["6", lost, "2,3"] })).rejects.toMatchObject({
    name: "ProcessError",
    rank: 2,
    message: "launchProcesses: process 2 of 4 was ended by SIGKILL",
  });
  expect(existsSync(`${lost}-0.safetensors`)).toBe(false);
  expect(checkpointFolder(`${lost}-checkpoints`).latest()).toBeDefined();
  await launchProcesses(program, { processes: 2, args: ["6", lost] });
  for (const [name, { data }] of Object.entries(learnt("lost", 1)))
    for (const [i, value] of learnt("run1", 0)[name]!.data.entries())
      expect(Math.abs(data[i]! - value)).toBeLessThan(1e-12);
}, 60_000);

let port = 0;
/** Groups of one process each, all of them in this one. */
async function joined(size: number): Promise<ProcessGroup[]> {
  port ||= 20_000 + (process.pid % 20_000);
  const address = `127.0.0.1:${port++}`;
  return Promise.all(Array.from({ length: size }, (_, rank) => joinProcesses({ rank, size, address })));
}

test("means are sums in the order of ranks, in doubles, and the same bits for all", async () => {
  const arrays = fc.array(fc.float({ noDefaultInfinity: true }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 5 }),
      fc.array(arrays, { minLength: 5, maxLength: 5 }),
      async (size, drawn) => {
        const groups = await joined(size);
        const length = Math.min(...drawn.map((values) => values.length));
        const own = drawn.slice(0, size).map((values) => array(Float32Array.from(values.slice(0, length))));
        const means = await Promise.all(groups.map((group, rank) => group.mean({ g: own[rank]! })));
        const expected = Float32Array.from(
          { length },
          (_, i) => own.reduce((sum, { data }) => sum + data[i]!, 0) / size,
        );
        for (const { g } of means) expect(g.data).toEqual(expected);
        const first = await Promise.all(groups.map((group, rank) => group.broadcast({ w: own[rank]! })));
        for (const { w } of first) expect(w.data).toEqual(own[0]!.data);
        for (const group of groups) group.close();
      },
    ),
    runs(8),
  );
});

test("who is not in step, or gone, is named to all", async () => {
  const [a, b, c] = (await joined(3)) as [ProcessGroup, ProcessGroup, ProcessGroup];
  const [two, three] = [array([1, 2]), array([1, 2, 3])];
  const outcomes = await Promise.allSettled([a.mean({ g: two }), b.mean({ g: two }), c.mean({ g: three })]);
  for (const outcome of outcomes)
    expect((outcome as PromiseRejectedResult).reason.message).toBe(
      "mean: process 2 of 3 has g f32 [3], process 0 g f32 [2]",
    );
  const [d, e] = (await joined(2)) as [ProcessGroup, ProcessGroup];
  e.close();
  await expect(d.mean({ g: two })).rejects.toThrow(/^mean: process 1 of 2 is gone/);
  const [f, g] = (await joined(2)) as [ProcessGroup, ProcessGroup];
  const mixed = await Promise.allSettled([f.mean({ g: two }), g.broadcast({ g: two })]);
  expect((mixed[0] as PromiseRejectedResult).reason.message).toBe("mean: process 1 of 2 is at broadcast");
  await expect(f.mean({ g: array([1, 2], { dtype: "i32" }) })).rejects.toThrow(DTypeError);
});

test("whoever does not come is named; strangers are sent away", async () => {
  const address = `127.0.0.1:${++port}`;
  const zero = joinProcesses({ rank: 0, size: 3, address, patience: 0.6 });
  const one = joinProcesses({ rank: 1, size: 3, address, patience: 1.5 });
  const stranger = connect(port, "127.0.0.1", () => stranger.write(Buffer.alloc(16)));
  stranger.on("error", () => undefined);
  await expect(zero).rejects.toThrow("joinProcesses: of 3 processes, 2 did not come");
  await expect(one).rejects.toThrow(/^joinProcesses: process 0 did not answer/);
  await expect(joinProcesses({ rank: 2, size: 2, address })).rejects.toThrow(/expected a rank below 2/);
  await expect(launchProcesses(program, { processes: 0 })).rejects.toThrow(
    /processes is a whole number from 1, received 0/,
  );
}, 20_000);
