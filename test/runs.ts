import fc from "fast-check";

/** A property that runs `count` times where others run a hundred times: `random-runs.ts` says how often those do. */
export function runs(count: number): fc.Parameters<unknown> {
  const { numRuns = 100 } = fc.readConfigureGlobal() ?? {};
  return { numRuns: Math.ceil((count * numRuns) / 100) };
}
