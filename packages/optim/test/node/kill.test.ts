/**
 * kill -9 at random moments while checkpoints are being saved: the last complete one is always there, and training that
 * was killed again and again ends in the bits of training that never was. KILLS sets how many, 12 by default.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { loadMetadata } from "@org/core";
import { type CheckpointStore, train } from "@org/optim";
import { checkpointFolder } from "@org/optim/node";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundled } from "./bundled.ts";
import { killable } from "./train-until-killed.ts";

const kills = Number(process.env.KILLS ?? 12);
const lanes = 4;
const root = mkdtempSync(join(tmpdir(), "kill-"));
let child = "";
afterAll(() => rmSync(root, { recursive: true }));

beforeAll(async () => {
  child = await bundled("train-until-killed.ts", root);
});

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const stepOf = (bytes: Uint8Array): number =>
  Number(JSON.parse(loadMetadata(bytes)["unroll.train"] ?? "{}").step);

interface Found {
  readonly step: number;
  readonly digest: string;
}

/** Lets a process train in a folder and kills it some milliseconds after it has begun; returns where it began. */
async function killAfter(folder: string, milliseconds: number): Promise<number> {
  const running = spawn(process.execPath, [child, folder, "1000000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(running.stdout, "data");
  await wait(milliseconds);
  running.kill("SIGKILL");
  const [, signal] = await once(running, "exit");
  expect(signal).toBe("SIGKILL");
  return Number(/from (\d+)/.exec(String(line))?.[1]);
}

/** Trains in this process up to a step, from the store's latest checkpoint on. */
async function trainTo(steps: number, store: CheckpointStore): Promise<void> {
  const { state, step, data, resumedAt } = killable();
  await train({
    step,
    data,
    steps,
    checkpoint: { store, state, every: 1 },
    callbacks: [{ start: (at) => resumedAt(at.step) }],
  });
}

test(`${kills} kills lose nothing`, { timeout: 240_000 }, async () => {
  const moments = fc.sample(fc.integer({ min: 0, max: 30 }), { numRuns: kills, seed: 1 });
  const folders = Array.from({ length: lanes }, (_, i) => join(root, `lane-${i}`));
  for (const folder of folders) mkdirSync(folder);
  const found: Found[] = [];
  let whileSaving = 0;
  await Promise.all(
    folders.map(async (folder, lane) => {
      let reached = 0;
      for (const moment of moments.filter((_, i) => i % lanes === lane)) {
        // Later in later lanes: on a busy machine nothing is saved in the first milliseconds.
        expect(await killAfter(folder, moment * (lane + 1))).toBe(reached);
        const files = checkpointFolder(folder).list();
        const kept = files.map((path) => readFileSync(path));
        const steps = kept.map(stepOf);
        found.push(...kept.map((bytes, i) => ({ step: steps[i]!, digest: digest(bytes) })));
        expect(steps.at(-1) ?? 0).toBeGreaterThanOrEqual(reached);
        reached = steps.at(-1) ?? 0;
        if (readdirSync(folder).some((name) => name.endsWith(".partial"))) whileSaving++;
      }
    }),
  );
  // One kill in about twenty comes while a file is written: few kills may miss that.
  if (kills >= 200) expect(whileSaving).toBeGreaterThan(0);

  const last = Math.max(...found.map(({ step }) => step)) + 3;
  const whole: string[] = [];
  const reference: CheckpointStore = {
    save: (bytes) => void whole.push(digest(bytes)),
    latest: () => undefined,
  };
  await trainTo(last, reference);
  expect(found.filter(({ step, digest }) => whole[step - 1] !== digest)).toEqual([]);
  for (const folder of folders) {
    const store = checkpointFolder(folder);
    await trainTo(last, store);
    const { bytes } = (await store.latest())!;
    expect(digest(bytes)).toBe(whole.at(-1));
  }
  console.log(
    `${kills} kills, ${whileSaving} of them while saving; ${found.length} checkpoints up to step ${last}`,
  );
});
