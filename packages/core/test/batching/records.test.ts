/** Every op record computes all examples at once as it computes each alone. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/evaluate.ts";
import { samplesOf } from "../samples/samples.ts";
import { assertClose } from "../sweep/compare.ts";
import { opRecords } from "../sweep/op-records.ts";
import { bothWays, choices, close, sizesFor } from "./both-ways.ts";

const records = await opRecords();

describe.each(records.map(({ op }) => [op.name, op] as const))("%s", (_, op) => {
  const samples = samplesOf(op);

  test("vmap is a loop over examples", () => {
    const cases = samples.flatMap((given, k) => {
      const size = sizesFor(op, given)[0]!;
      return choices(given.operands.length).map((batched) => {
        const axes = batched.map((__, i) => k + i);
        return { batched, pair: bothWays(op, given, [{ size, batched, axes }]) };
      });
    });
    const results = evaluate(cases.map(({ pair }) => pair));
    cases.forEach(({ batched }, i) => {
      const [actual, expected] = results[i]!;
      assertClose(`${op.name}, batched ${batched}`, actual!, expected!, close);
    });
    expect(cases.length > 0).toBe(samples.some(({ operands }) => operands.length > 0));
  });
});
