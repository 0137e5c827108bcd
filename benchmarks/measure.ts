import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeData } from "./data.ts";
import type { Options } from "./options.ts";
import type { Section } from "./tables.ts";
import type { Network } from "./workloads.ts";

/** What a measure runs with. */
export interface Context extends Options {
  /** Says what is going on. */
  progress(text: string): void;
  /** The folder with the weights and tokens of a network, written when first asked for. */
  data(network: Network, batches?: number): string;
}

/** Something that is measured: `pnpm bench <name>`. */
export interface Measure {
  readonly name: string;
  /** The heading of its results. */
  readonly title: string;
  run(context: Context): Promise<Section>;
}

/** A context, and how to remove what it wrote. */
export function makeContext(
  options: Options,
  progress: (text: string) => void,
): { readonly context: Context; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "unroll-bench-"));
  const known = new Set<string>();
  const data = (network: Network, batches = 8): string => {
    const path = join(folder, [...Object.values(network), batches].join("-"));
    if (!known.has(path)) writeData(path, network, batches);
    known.add(path);
    return path;
  };
  const context: Context = { ...options, progress, data };
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // also after an interruption
  return { context, remove };
}
