/** Training steps of random recurrent networks, of sizes that fill vectors and tiles and of sizes that do not. */
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { type CompileOptions, compile } from "../../src/compile.ts";
import { evaluate } from "../../src/evaluate.ts";
import { constant } from "../../src/graph/leaves.ts";
import { LitteredRuntime } from "./littered-runtime.ts";
import { arbitraryNetwork, networkOf } from "./random-network.ts";
import { expectIdentical, expectRounded } from "./rounding.ts";

const runtime = new LitteredRuntime();
afterAll(() => runtime.dispose());

type Rewrites = NonNullable<CompileOptions<never, never>["rewrites"]>;
const names = Object.keys(compile({ outputs: constant(1) }).report().rewrites) as (keyof Rewrites)[];

test("random networks learn as on the interpreter, with any rewrites left out, from any memory", () => {
  const fired = new Set<string>();
  fc.assert(
    fc.property(arbitraryNetwork(), fc.subarray(names), fc.boolean(), (program, left, every) => {
      const { inputs, feeds, outputs, updates } = networkOf(program);
      const expected = evaluate({ outputs, next: updates.map(([, value]) => value) }, feeds);
      const rewrites: Rewrites = every ? {} : Object.fromEntries(left.map((name) => [name, false]));
      const before = updates.map(([parameter]) => parameter.value);
      const run = compile({ inputs, outputs, updates, rewrites, runtime });
      const found = [0xff, 0x3f].map((litter) => {
        runtime.litter = litter;
        const results = run(feeds);
        const next = updates.map(([parameter]) => parameter.value);
        updates.forEach(([parameter], i) => {
          parameter.value = before[i]!;
        });
        return [...results, ...next];
      });
      expectIdentical(found[1]!, found[0]!);
      expectRounded(found[0]!, [...expected.outputs, ...expected.next], 1e4);
      const report = run.report();
      for (const name of names) if (report.rewrites[name].fired > 0) fired.add(name);
      run.dispose();
    }),
    runs(40),
  );
  // Which ones is left to chance, and a few networks may have few; ablation.test.ts has programs for each.
  if (runs(40).numRuns! >= 40) expect(fired.size).toBeGreaterThan(names.length / 2);
});
