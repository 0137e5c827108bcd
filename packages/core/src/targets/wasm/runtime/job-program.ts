import { viewElements } from "../../../dtype.ts";
import type { GraphError } from "../../../errors.ts";
import type { Parameter } from "../../../graph/leaves.ts";
import type { Buffer } from "../../../lower/kernel.ts";
import type { Pieces } from "../../../pieces.ts";
import type { Home } from "../memory/runtime-memory.ts";
import { type JobPlan, layOut, tooLarge } from "../program/job-plan.ts";
import type { Place } from "../program/place.ts";
import { programInPieces } from "../program/program.ts";
import { type ProgramModule, STATUS_BYTES } from "../program/program-module.ts";
import type { Team } from "../program/work-sharing.ts";
import type { Literals } from "./program-cache.ts";
import type { Resources } from "./resources.ts";

/** A job whose buffers have places in the memory of a runtime, and whose program is written for them. */
export interface JobProgram {
  readonly plan: JobPlan;
  readonly threads: number;
  readonly homes: readonly { readonly parameter: Parameter; readonly home: Home }[];
  readonly places: ReadonlyMap<Buffer, Place>;
  readonly literals: Literals;
  readonly program: ProgramModule;
  readonly arenaBytes: number;
}

/** Gives buffers places and writes the program, one that tells of its `laps` where it is to be timed. @throws GraphError where the memory is too small, which holds nothing then */
export function* jobProgramInPieces(
  runtime: Resources,
  plan: JobPlan,
  team: Team | undefined,
  laps = false,
): Pieces<JobProgram> {
  const { heap, control, leastCost, arithmetic } = runtime;
  const threads = team?.count ?? 1;
  const places = new Map<Buffer, Place>();
  const homes = [...plan.lowered.parameters].map(([node, buffer]) => {
    const parameter = node.result() as Parameter;
    const home = runtime.home(parameter);
    places.set(buffer, { base: "memory", offset: home.address });
    return { parameter, home };
  });
  const literals = placeLiterals(runtime, plan, places);
  try {
    const first = STATUS_BYTES * threads;
    for (const [buffer, offset] of plan.memory.offsets)
      places.set(buffer, { base: "arena", offset: first + offset });
    const scratchOffset = first + plan.memory.bytes;
    if (scratchOffset > heap.mostBytes) throw tooLargeFor(runtime, plan); // before its addresses become code
    const program = yield* programInPieces({
      kernels: plan.kernels,
      arithmetic,
      place: (buffer) => placeOf(places, buffer),
      scratchOffset,
      memory: { pages: 1, shared: heap.shared, maximum: heap.maximum },
      laps,
      threads: team && { ...team, control, shares: plan.shares, atOnce: plan.atOnce, leastCost },
    });
    const arenaBytes = scratchOffset + threads * program.scratchBytes;
    if (runtime.arena(arenaBytes) === undefined) throw tooLargeFor(runtime, plan);
    return { plan, threads, homes, places, literals, program, arenaBytes };
  } catch (error) {
    heap.free(literals.address);
    throw error;
  }
}

export function placeOf(places: ReadonlyMap<Buffer, Place>, buffer: Buffer): Place {
  const place = places.get(buffer);
  if (!place) throw new Error(`${buffer.label} has no place in memory`);
  return place;
}

export const tooLargeFor = ({ heap }: Resources, { memory }: JobPlan): GraphError =>
  tooLarge(memory, heap.bytes, heap.mostBytes);

/** Copies constants into the memory. */
function placeLiterals(runtime: Resources, plan: JobPlan, places: Map<Buffer, Place>): Literals {
  const { heap } = runtime;
  const { literals } = plan.lowered;
  const { offsets, bytes } = layOut(literals.keys());
  const address = heap.allocate(bytes);
  if (address === undefined) throw tooLargeFor(runtime, plan);
  for (const [buffer, offset] of offsets) {
    const { data } = literals.get(buffer)!;
    const view = viewElements(buffer.dtype, heap.memory.buffer, address + offset, buffer.size);
    view.set(data.subarray(0, buffer.size));
    places.set(buffer, { base: "memory", offset: address + offset });
  }
  return { address, bytes };
}
