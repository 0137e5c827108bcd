import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { bundleOf } from "./build.ts";

/** A program that does the tasks of `messages.ts`. */
export interface Contestant {
  readonly name: string;
  readonly command: readonly [program: string, ...parameters: string[]];
  readonly threads: number;
}

const node = (bundle: string, ...parameters: string[]): Contestant["command"] => [
  process.execPath,
  bundleOf(bundle),
  ...parameters,
];

const contestant = (name: string, command: Contestant["command"], threads = 1): Contestant => ({
  name,
  command,
  threads,
});

export const unroll: Contestant = contestant("Unroll", node("unroll"));
export const jaxJs: Contestant = contestant("jax-js", node("jax-js"));
export const peak: Contestant = contestant("peak", node("peak"));

const tensorFlow = (backend: string): Contestant =>
  contestant(`TensorFlow.js ${backend}`, node("tfjs", backend));

/** Names in tables and goals. */
export const pytorchFused = "PyTorch fused";
export const pytorchLoop = "PyTorch loop";

/** A Python with torch: the one that `UNROLL_BENCH_PYTHON` names, or `python3` if it has torch. */
function findPython(): string | undefined {
  const named = process.env.UNROLL_BENCH_PYTHON;
  const { status, stderr, error } = spawnSync(named ?? "python3", ["-c", "import torch"], {
    encoding: "utf8",
  });
  if (status === 0) return named ?? "python3";
  if (named !== undefined) throw new Error(`UNROLL_BENCH_PYTHON=${named} has no torch: ${error ?? stderr}`);
  return undefined;
}

function pytorch(): Contestant[] {
  const python = findPython();
  if (python === undefined) return [];
  const file = join(import.meta.dirname, "contestants", "pytorch.py");
  return [contestant(pytorchFused, [python, file, "fused"]), contestant(pytorchLoop, [python, file, "loop"])];
}

const all: readonly Contestant[] = [unroll, ...pytorch(), jaxJs, tensorFlow("wasm"), tensorFlow("cpu")];

/** Everyone on one thread; PyTorch where there is one. Ours comes first. The quick form leaves the slowest out. */
export const everyone = ({ quick }: { readonly quick: boolean }): readonly Contestant[] =>
  quick ? all.slice(0, -1) : all;

/** The contestant with this name, if it is there. */
export const byName = (name: string): Contestant | undefined => all.find((each) => each.name === name);

export const withThreads = (each: Contestant, threads: number): Contestant => ({ ...each, threads });
