/**
 * How often properties run, before every test file: a hundred times FAST_CHECK_RUNS, a tenth where it is not given, so
 * that all tests take a few minutes; `.ci/run` takes ten times as many. FAST_CHECK_SEED runs a failure's seed, which fast-check prints,
 * once more.
 */
import fc from "fast-check";

const { FAST_CHECK_SEED, FAST_CHECK_RUNS = "0.1" } = process.env;
fc.configureGlobal({
  numRuns: Math.ceil(100 * Number(FAST_CHECK_RUNS)),
  ...(FAST_CHECK_SEED !== undefined && { seed: Number(FAST_CHECK_SEED) }),
});
