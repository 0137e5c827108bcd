import type { Parameter } from "../graph/leaves.ts";
import type { NDArray } from "../ndarray.ts";
import type { JobReport, JobTimes, Prepared } from "../runtime.ts";
import type { Details, ProgramHost, ReadyProgram } from "../targets/wasm/runtime/program-cache.ts";

/** What stands in front of the constants and the code of a program. */
interface Header {
  readonly homes: readonly { readonly parameter: number; readonly address: number }[];
  readonly program: Omit<ReadyProgram, "bytes" | "homes">;
}

/** A program as bytes: the length of the header, the header as JSON, the constants, the code. */
export function storedBytes(
  runtime: ProgramHost,
  parameters: readonly Parameter[],
  { bytes, homes, ...program }: ReadyProgram,
): Uint8Array {
  const header: Header = {
    homes: homes.map(({ parameter, home }) => ({
      parameter: parameters.indexOf(parameter),
      address: home.address,
    })),
    program,
  };
  const { literals } = program;
  const text = new TextEncoder().encode(JSON.stringify(header));
  const stored = new Uint8Array(4 + text.length + literals.bytes + bytes.length);
  new DataView(stored.buffer).setUint32(0, text.length);
  stored.set(text, 4);
  stored.set(new Uint8Array(runtime.heap.memory.buffer, literals.address, literals.bytes), 4 + text.length);
  stored.set(bytes, 4 + text.length + literals.bytes);
  return stored;
}

/** The program with its constants in the memory; undefined where something would have to lie where it does not. */
export function restoredProgram(
  runtime: ProgramHost,
  parameters: readonly Parameter[],
  stored: Uint8Array,
): ReadyProgram | undefined {
  const length = new DataView(stored.buffer, stored.byteOffset).getUint32(0);
  const start = 4 + length;
  const { homes, program } = JSON.parse(new TextDecoder().decode(stored.subarray(4, start))) as Header;
  const settled = homes.map(({ parameter: index, address }) => {
    const parameter = parameters[index]!;
    return { parameter, home: runtime.home(parameter), address };
  });
  if (settled.some(({ home, address }) => home.address !== address)) return undefined;
  const { heap } = runtime;
  const { literals } = program;
  const address = heap.allocate(literals.bytes);
  if (address === undefined) return undefined;
  if (address !== literals.address || runtime.arena(program.arenaBytes) === undefined) {
    heap.free(address);
    return undefined;
  }
  const constants = stored.subarray(start, start + literals.bytes);
  new Uint8Array(heap.memory.buffer, address, literals.bytes).set(constants);
  return {
    ...program,
    homes: settled.map(({ parameter, home }) => ({ parameter, home })),
    bytes: stored.slice(start + literals.bytes),
  };
}

/** What a program depends on beside its graph: how it computes, on what, and what is free in the memory. */
export function settingsOf(runtime: ProgramHost, parameters: readonly Parameter[]): string {
  const { heap, arithmetic, threads, control, leastCost } = runtime;
  const homes = parameters.map((parameter) => runtime.knownHome(parameter)?.address ?? null);
  const { freeBlocks, shared, maximum } = heap;
  return JSON.stringify({
    arithmetic,
    threads,
    control,
    leastCost,
    homes,
    freeBlocks,
    shared,
    maximum,
  });
}

/** A job from the cache is asked for what it was made from: then it is made once more, and answers for both. */
export class MadeAnew implements Details {
  readonly #make: () => Prepared;
  #made: Prepared | undefined;

  constructor(make: () => Prepared) {
    this.#make = make;
  }

  fail(_: ArrayLike<number>, values: readonly NDArray[]): never {
    this.#job.run(values);
    throw new Error("a program from the cache failed, and the same one made anew did not");
  }

  report(): JobReport {
    return this.#job.report();
  }

  profile(values: readonly NDArray[]): JobTimes {
    return this.#job.profile(values);
  }

  dispose(): void {
    this.#made?.dispose();
  }

  get #job(): Prepared {
    this.#made ??= this.#make();
    return this.#made;
  }
}
