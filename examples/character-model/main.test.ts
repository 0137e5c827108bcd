import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "character-model-"));
const text = join(folder, "text.txt");
writeFileSync(text, "A wave came in, a wave went out; the sand kept nothing of it.\n".repeat(40));
const settings = ["--text", text, ..."--hidden 6 --batch 2 --window 8 --steps 300 --seed 5".split(" ")];

/** Runs the program; `interruptAt` is what it has to print before it gets a Ctrl-C. */
async function start(
  args: readonly string[],
  interruptAt?: string,
): Promise<{ code: number; output: string }> {
  const main = join(import.meta.dirname, "main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args]);
  let output = "";
  let interrupted = false;
  const listen = (chunk: Buffer): void => {
    output += chunk;
    if (!interruptAt || interrupted || !output.includes(interruptAt)) return;
    interrupted = true;
    child.kill("SIGINT");
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const [code] = await once(child, "close");
  return { code, output };
}

test("Ctrl-C saves, --resume goes on, and the end is that of a run without a break", async () => {
  const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
  const uninterrupted = start([...settings, "--out", whole]);
  const first = await start([...settings, "--out", broken], "step 30/300");
  expect(first.output).toContain("saved in");
  expect(first.output).toMatch(/go on with {2}npx -y pnpm@12 start .*--resume/);
  expect(first.code).toBe(130);

  const second = await start(["--out", broken, "--steps", "300", "--resume"]);
  expect(second.output).toContain("goes on after step");
  expect([second.code, (await uninterrupted).code]).toEqual([0, 0]);
  for (const name of [
    "checkpoint.safetensors",
    "weights.safetensors",
    "losses.csv",
    "loss.svg",
    "graph.svg",
  ]) {
    const [expected, actual] = [whole, broken].map((out) => readFileSync(join(out, name)));
    expect(actual?.equals(expected ?? Buffer.of()), name).toBe(true);
  }

  const other = await start(["--out", broken, "--hidden", "7", "--resume"]);
  expect(other.output).toContain("--hidden: 6 there, 7 here");
  expect(other.code).toBe(1);
});

test("a mistake is a sentence, not a stack", async () => {
  const { code, output } = await start(["--text", join(folder, "none.txt")]);
  expect(output).toBe(`--text ${join(folder, "none.txt")}: there is no such file\n`);
  expect(code).toBe(1);
});
