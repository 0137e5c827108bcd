/** Every op record computes all examples at once, of shapes drawn at random too, and within another `vmap`. */
import fc from "fast-check";
import { describe, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { evaluate } from "../../src/evaluate.ts";
import { samplesOf } from "../samples/samples.ts";
import { assertClose } from "../sweep/compare.ts";
import { opRecords } from "../sweep/op-records.ts";
import { bothWays, choices, close, sizesFor } from "./both-ways.ts";
import { drawnSamples } from "./drawn-samples.ts";

const records = (await opRecords()).filter(({ op }) =>
  samplesOf(op).some(({ operands }) => operands.length > 0),
);

describe.each(records.map(({ op }) => [op.name, op] as const))("%s", (_, op) => {
  const samples = fc.constantFrom(...samplesOf(op));
  const draw = fc.oneof(samples, drawnSamples.get(op) ?? samples).chain((given) => {
    const count = given.operands.length;
    const axes = fc.array(fc.nat({ max: 11 }), { minLength: count, maxLength: count });
    const level = fc.record({ batched: fc.constantFrom(...choices(count)), axes });
    return fc.record({ given: fc.constant(given), axes, outer: level, inner: level });
  });

  test("vmap is a loop over examples, vmap of vmap a loop of loops", () => {
    fc.assert(
      fc.property(draw, ({ given, axes, outer, inner }) => {
        const [size, other] = sizesFor(op, given) as [number, number];
        const nested = [
          { size, ...outer },
          { size: other, ...inner },
        ];
        const levels = [
          ...choices(given.operands.length).map((batched) => [{ size, batched, axes }]),
          nested,
        ];
        for (const [actual, expected] of evaluate(levels.map((each) => bothWays(op, given, each))))
          assertClose(op.name, actual, expected, close);
      }),
      runs(drawnSamples.has(op) ? 40 : 10),
    );
  });
});
