import { GraphError } from "../../../errors.ts";
import type { Buffer, Kernel, LoopCounter } from "../../../lower/kernel.ts";
import { type Lowered, lower } from "../../../lower/lower.ts";
import { type MemoryPlan, paddedBytes, planMemory } from "../../../lower/memory-plan.ts";
import { finish, type Pieces } from "../../../pieces.ts";
import type { Job } from "../../../runtime.ts";
import { type Arithmetic, PLAIN } from "../arithmetic.ts";
import type { AtOnce } from "./loops-at-once.ts";
import { packFactors } from "./pack-factors.ts";
import type { Team } from "./work-sharing.ts";

/** What a job does, and where its values lie. */
export interface JobPlan {
  readonly lowered: Lowered;
  readonly kernels: readonly Kernel[];
  /** Loops over shares of rows, for threads. */
  readonly shares: ReadonlySet<LoopCounter>;
  /** Loops that threads run at once, and stages of pipelines. */
  readonly atOnce: AtOnce;
  readonly memory: MemoryPlan;
}

export interface PlanOptions {
  /** Nanoseconds of a loop from which on threads share it. Default: what pays. */
  readonly leastCost?: number | undefined;
  readonly arithmetic?: Arithmetic;
}

/** Graph → kernels → places in memory; for one thread, or for a team. */
export const planJob = (job: Job, team?: Team, options: PlanOptions = {}): JobPlan =>
  finish(planInPieces(job, team, options));

export function* planInPieces(
  job: Job,
  team: Team | undefined,
  { leastCost, arithmetic = PLAIN }: PlanOptions = {},
): Pieces<JobPlan> {
  const { inputs, outputs, updates, checkNumerics, disabled } = job;
  const lowered = yield* lower({ inputs, outputs, updates, watch: checkNumerics, disabled });
  yield;
  const owners = new Map(lowered.owners);
  let buffers = 1 + [...owners.keys()].reduce((highest, { id }) => Math.max(highest, id), 0);
  const { kernels: shared, shares } = team
    ? team.sharing.shareRows(lowered.kernels, team.count, owners, leastCost)
    : { kernels: lowered.kernels, shares: new Set<LoopCounter>() };
  const pipelined = team
    ? team.sharing.pipelineLoops(shared, team.count, shares, leastCost)
    : { kernels: shared, atOnce: new Map() as AtOnce };
  const pack = (dtype: Buffer["dtype"], size: number, loops: readonly LoopCounter[]): Buffer => {
    const buffer: Buffer = { id: buffers++, dtype, size, home: "arena", label: "a packed factor" };
    owners.set(buffer, loops);
    return buffer;
  };
  const packed = disabled.has("packFactors")
    ? pipelined.kernels
    : packFactors(pipelined.kernels, pack, shares, arithmetic);
  yield;
  const { kernels, atOnce } = team
    ? team.sharing.loopsAtOnce(packed, team.count, shares, pipelined.atOnce, leastCost)
    : { kernels: packed, atOnce: pipelined.atOnce };
  const memory = planMemory(
    kernels,
    owners,
    {
      inputs: new Set(lowered.inputs.map(({ buffer }) => buffer)),
      outputs: new Set(lowered.outputs.map(({ buffer }) => buffer)),
    },
    (counter) => atOnce.get(counter)?.group,
  );
  yield;
  return { lowered, kernels, shares, atOnce, memory };
}

/** Offsets of buffers that lie one behind the other. */
export function layOut(buffers: Iterable<Buffer>): { offsets: Map<Buffer, number>; bytes: number } {
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const buffer of buffers) {
    offsets.set(buffer, bytes);
    bytes += paddedBytes(buffer);
  }
  return { offsets, bytes };
}

/** Names what takes most of a plan that does not fit. */
export function tooLarge({ offsets, bytes }: MemoryPlan, have: number, most: number): GraphError {
  const largest = [...offsets.keys()].sort((a, b) => paddedBytes(b) - paddedBytes(a)).slice(0, 5);
  const list = largest.map(({ label, dtype, size }) => `  ${label}: ${size} × ${dtype}`).join("\n");
  return new GraphError({
    op: "compile",
    problem: `the values of a call take ${bytes} bytes; the memory has ${have} and can have ${most}. The largest are\n${list}`,
    hint: "checkpoint a loop, or take smaller batches",
  });
}
