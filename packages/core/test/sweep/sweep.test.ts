/** Every op of every family at every one of its samples. */
import { describe, expect, test } from "vitest";
import { sweepCases } from "./cases.ts";
import { type OpFixture, readFixture } from "./fixtures.ts";
import { opRecords } from "./op-records.ts";
import { interpreter, webAssembly } from "./target.ts";

const records = await opRecords();
const fixtures = readFixture<OpFixture>("ops.json");

for (const target of [interpreter, webAssembly]) {
  describe(target.name, () => {
    for (const { op, name, run } of sweepCases(target, records, fixtures)) test(`${op}: ${name}`, run);
  });
}

test("op names are those of one op each", () => {
  const names = records.map(({ op }) => op.name);
  expect(new Set(names).size).toBe(names.length);
});
