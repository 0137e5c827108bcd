/**
 * How often properties run, before every test file: a hundred times FAST_CHECK_RUNS, a tenth where it is not given, so
 * that all tests take a few minutes; `.ci/run` takes ten times as many. FAST_CHECK_SEED runs a failure's seed, which fast-check prints,
 * once more. FAST_VECTORS runs all programs as `useFastVectors` makes them, in V8's optimising tier from the first call on.
 */
import v8 from "node:v8";
import fc from "fast-check";

const { FAST_CHECK_SEED, FAST_CHECK_RUNS = "0.1" } = process.env;
fc.configureGlobal({
  numRuns: Math.ceil(100 * Number(FAST_CHECK_RUNS)),
  ...(FAST_CHECK_SEED !== undefined && { seed: Number(FAST_CHECK_SEED) }),
});

if (process.env.FAST_VECTORS) {
  const { useFastVectors } = await import("@org/core/node");
  const { wide, reason } = useFastVectors();
  if (!wide) throw new Error(`FAST_VECTORS: ${reason}`);
  v8.setFlagsFromString("--no-liftoff");
}
