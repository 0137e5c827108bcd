import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { Message, Response } from "../protocol.ts";
import { modules, respond } from "../respond.ts";

const folder = join(import.meta.dirname, "..");

const evaluate = (module: string, name: string, input: unknown): Response =>
  respond({ id: 7, kind: "evaluate", module, function: name, input });

test("the tool answers lines by lines, in the order and with the ids of the messages", async () => {
  const messages: Message[] = [
    { id: 0, kind: "start", eval: "hello" },
    { id: 1, kind: "define", module: "hello" },
    { id: 2, kind: "evaluate", module: "hello", function: "square", input: 3 },
    { id: 3, kind: "analysis", of: 2, valid: true },
    { id: 4, kind: "evaluate", module: "hello", function: "double", input: 9 },
    { id: 5, kind: "define", module: "goodbye" },
  ];
  const args = ["--import", import.meta.resolve("tsx"), join(folder, "main.ts")];
  const tool = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  tool.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  const lines = (await text(tool.stdout)).trimEnd().split("\n");
  const answers = lines.map((line) => JSON.parse(line) as Response);
  expect(answers.map(({ timings, error, ...answer }) => answer)).toEqual([
    { id: 0, tool: "unroll" },
    { id: 1, success: true },
    { id: 2, success: true, output: 9 },
    { id: 3 },
    { id: 4, success: true, output: 18 },
    { id: 5, success: false },
  ]);
});

test("define knows every eval, and says which there are where one is unknown", () => {
  for (const module of Object.keys(modules))
    expect(respond({ id: 1, kind: "define", module })).toEqual({ id: 1, success: true });
  const { success, error } = respond({ id: 2, kind: "define", module: "toString" });
  expect(success).toBe(false);
  expect(error).toContain(
    'unknown module "toString"; there are ba, det, gmm, hello, ht, kmeans, llsq, lse, lstm, ode, particle, saddle',
  );
});

test("evaluate says what is wrong: an unknown module, an unknown function, an input of another shape", () => {
  expect(evaluate("goodbye", "square", 1)).toMatchObject({ id: 7, success: false });
  expect(evaluate("hello", "cube", 1).error).toContain(
    'unknown function "cube" of hello; there are double, square',
  );
  const ragged = evaluate("kmeans", "cost", { points: [[1, 2], [3]], centroids: [[1, 2]] });
  expect(ragged).toMatchObject({ id: 7, success: false });
  expect(ragged.error).toContain("ShapeError");
  expect(ragged.output).toBeUndefined();
});

test("a message of another kind is acknowledged", () => {
  expect(respond({ id: 3, kind: "farewell" } as never)).toEqual({ id: 3 });
});

test("a function runs as often and as long as it is asked to, one timing for each run and one for the preparation", () => {
  const names = (input: object): string[] =>
    evaluate("lse", "primal", { x: [1, 2], ...input }).timings!.map(({ name }) => name);
  expect(names({ min_runs: 3, min_seconds: 0 })).toEqual(["prepare", "evaluate", "evaluate", "evaluate"]);
  expect(names({})).toEqual(["prepare", "evaluate"]);
  const { timings } = evaluate("lse", "primal", { x: [1, 2], min_runs: 1, min_seconds: 0.02 });
  const runs = timings!.filter(({ name }) => name === "evaluate").map(({ nanoseconds }) => nanoseconds);
  const seconds = (some: readonly number[]): number => some.reduce((sum, one) => sum + one / 1e9, 0);
  expect(seconds(runs)).toBeGreaterThanOrEqual(0.02);
  expect(seconds(runs.slice(0, -1))).toBeLessThan(0.02);
  expect(timings!.every(({ nanoseconds }) => Number.isInteger(nanoseconds))).toBe(true);
});

test("evals.txt, which GradBench reads, lists every module, and every module is a file", () => {
  const listed = readFileSync(join(folder, "evals.txt"), "utf8");
  expect(listed).toBe(
    Object.keys(modules)
      .sort()
      .map((name) => `${name}\n`)
      .join(""),
  );
  const files = readdirSync(join(folder, "evals")).map((file) => file.replace(/\.ts$/, ""));
  expect(files.sort()).toEqual(Object.keys(modules).sort());
});
