/** Every row of the instruction table, in a small module made from the row's own types: it is valid, and named right. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import wabt from "wabt";
import type { FunctionBuilder } from "../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder } from "../../src/targets/wasm/assembler/module-builder.ts";
import {
  type Immediate,
  type Instruction,
  instructions,
} from "../../src/targets/wasm/assembler/opcodes/table.ts";
import type { ValueType } from "../../src/targets/wasm/assembler/value-type.ts";
import { engine } from "./webassembly.ts";

const features = { threads: true, simd: true, relaxed_simd: true, bulk_memory: true, sat_float_to_int: true };

function immediate({ kind }: Immediate): unknown[] {
  if (kind === "lane") return [1];
  if (kind === "shuffle") return [Array.from({ length: 16 }, (_, i) => i)];
  if (kind === "i32" || kind === "i64" || kind === "f32" || kind === "f64") return [7];
  return [];
}

function write(
  f: FunctionBuilder,
  { group, method, immediates }: Instruction,
  operands: readonly unknown[],
): void {
  const methods = f[group as "i32"] as unknown as Record<string, (...args: unknown[]) => unknown>;
  methods[method]!(...immediates.flatMap(immediate), ...operands);
}

function moduleOf(instruction: Instruction): Uint8Array {
  const { operands, result } = instruction;
  const module = new ModuleBuilder();
  module.memory({ min: 1, max: 1, shared: instruction.prefix === 0xfe });
  const results: readonly ValueType[] = result ? [result] : [];
  module.function({ name: "f", params: operands, results }, (f, ...params) => {
    write(f, instruction, params);
  });
  return module.finish();
}

test("each instruction is valid with its types and disassembles to its name", async () => {
  const reader = await wabt();
  const wrong = instructions.filter((instruction) => {
    const bytes = moduleOf(instruction);
    const module = reader.readWasm(bytes, features);
    if (instruction.prefix !== 0xfe && !instruction.name.includes("relaxed")) module.validate();
    const text = module.toText({});
    module.destroy();
    return !wordIn(text, instruction.name);
  });
  expect(wrong.map(({ name }) => name)).toEqual([]);
  expect(instructions.length).toBeGreaterThan(150);
});

const wordIn = (text: string, name: string): boolean => text.split(/[\s()]+/).includes(name);

test("the engine accepts each instruction, and relaxed ones where it knows them", () => {
  const refused = instructions.filter((instruction) => !engine.validate(moduleOf(instruction)));
  const relaxed = instructions.filter(({ name }) => name.includes("relaxed"));
  const missing = refused.filter((instruction) => !relaxed.includes(instruction));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect([0, relaxed.length]).toContain(refused.length);
});

test("no opcode stands in two rows", () => {
  const codes = instructions.map(({ prefix, code }) => `${prefix}:${code}`);
  expect(new Set(codes).size).toBe(codes.length);
});

test("the table has what is written somewhere, and nothing else", () => {
  const folder = join(import.meta.dirname, "../../src/targets/wasm");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files.filter((path) => path.endsWith(".ts") && !path.includes("opcodes"));
  const words = new Set(
    sources.flatMap((path) => readFileSync(join(folder, path), "utf8").match(/\w+/g) ?? []),
  );
  const unwritten = instructions.filter(
    // Loads and stores of lanes are named by how many bits they take.
    ({ method }) => !words.has(method) && !/^(load|store)\d+_(lane|splat)$/.test(method),
  );
  expect(unwritten.map(({ name }) => name)).toEqual([]);
});
