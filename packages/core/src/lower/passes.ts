import type { Pieces } from "../pieces.ts";
import { logTo, type RewriteReport } from "../rewrite/rewrite.ts";
import { dropDeadStores } from "./dead-stores.ts";
import { delayMaps } from "./delay-maps.ts";
import { followCounts } from "./follow-counts.ts";
import { fuseLookups } from "./fuse-lookups.ts";
import { fuseMaps } from "./fuse-maps.ts";
import { fuseReductions } from "./fuse-reductions.ts";
import type { Kernel } from "./kernel.ts";
import { isSame, type Pass, type PassContext } from "./pass.ts";
import { recomputeResults } from "./recompute-results.ts";
import { splitMaps } from "./split-maps.ts";

export type PassName =
  | "fuseMaps"
  | "splitMaps"
  | "recomputeResults"
  | "delayMaps"
  | "fuseReductions"
  | "fuseLookups"
  | "followCounts";

/** Maps that were recomputed or moved may join others that stood in their way. */
const order: readonly Pass<PassName>[] = [
  fuseMaps,
  recomputeResults,
  delayMaps,
  fuseMaps,
  delayMaps,
  fuseReductions,
  splitMaps,
  fuseLookups,
  followCounts,
];

/** What runs again where maps have been split. */
const uponSplit: readonly Pass<PassName>[] = [fuseMaps, delayMaps];

export const passNames: readonly PassName[] = [...new Set(order.map(({ name }) => name))];

/** Every pass that is not left out, with the stores that it makes needless taken away. */
export function* runPasses(
  kernels: readonly Kernel[],
  context: Omit<PassContext, "log">,
  disabled: ReadonlySet<string>,
): Pieces<{
  readonly kernels: readonly Kernel[];
  readonly reports: Readonly<Record<PassName, RewriteReport>>;
}> {
  const reports = Object.fromEntries(
    passNames.map((name): [PassName, RewriteReport] => [name, { fired: 0, declined: {} }]),
  ) as Record<PassName, RewriteReport>;
  const { kept } = context;
  let current = dropDeadStores(kernels, kept);
  const todo = [...order];
  for (let pass = todo.shift(); pass; pass = todo.shift()) {
    if (disabled.has(pass.name)) continue;
    yield;
    const next = pass.run(current, { ...context, log: logTo(reports[pass.name]) });
    if (isSame(next, current)) continue;
    current = dropDeadStores(next, kept);
    if (pass === splitMaps) todo.unshift(...uponSplit);
  }
  return { kernels: current, reports };
}
