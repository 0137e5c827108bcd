/** Ctrl-C, as a process gets it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { restoreCheckpoint } from "@org/optim";
import { checkpointFolder, interruptible } from "@org/optim/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { regression } from "../training/regression.ts";
import { bundled } from "./bundled.ts";

const root = mkdtempSync(join(tmpdir(), "interruptible-"));
afterAll(() => rmSync(root, { recursive: true }));

let program = "";
beforeAll(async () => {
  program = await bundled("train-until-interrupted.ts", root);
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args]);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const said = async (text: string): Promise<void> => {
    while (!output.includes(text)) await once(child.stdout, "data");
  };
  return { child, said, output: () => output };
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends the step, saves, and the result says so",
  async (signal) => {
    const folder = join(root, signal);
    const { child, said, output } = start(folder);
    await said("ready");
    child.kill(signal);
    child.kill(signal); // A package runner passes on what the terminal sends too.
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    const steps = Number(/interrupted after (\d+)/.exec(output())?.[1]);
    const { state } = regression();
    const latest = await checkpointFolder(folder).latest();
    const { "unroll.train": at } = restoreCheckpoint(state, latest!.bytes);
    expect(JSON.parse(at!).step).toBe(String(steps));
  },
);

test("afterwards signals do what they did before", async () => {
  const { child, said } = start(join(root, "after"), "linger");
  await said("ready");
  child.kill("SIGINT");
  await said("interrupted");
  await wait(1200);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
});

test("handlers are gone where the function throws, too", async () => {
  const before = process.listenerCount("SIGINT");
  const run = interruptible(async (signal) => {
    expect(process.listenerCount("SIGINT")).toBe(before + 1);
    expect(signal.aborted).toBe(false);
    await wait(1);
    throw new RangeError("no");
  });
  await expect(run).rejects.toThrow(RangeError);
  expect(process.listenerCount("SIGINT")).toBe(before);
});
