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

/** An engine beside the one that runs this: what `UNROLL_BENCH_NODE` names. */
const otherNode = process.env.UNROLL_BENCH_NODE;

const contestant = (name: string, command: Contestant["command"], threads = 1): Contestant => ({
  name,
  command,
  threads,
});

export const unroll: Contestant = contestant("Unroll", node("unroll"));
/** Ours as `useFastVectors` makes it, and as it is where another Node runs it. */
export const engines: readonly Contestant[] = otherNode
  ? [
      contestant(`Unroll, ${versionOf(otherNode)}`, [otherNode, bundleOf("unroll")]),
      contestant(`Unroll, ${versionOf(otherNode)}, wide`, [otherNode, bundleOf("unroll"), "wide"]),
    ]
  : [contestant("Unroll, wide", node("unroll", "wide"))];
/** Ours as it is, in the other Node if there is one. */
export const plain: Contestant = engines.at(-2) ?? unroll;
export const plainName: string = plain.name;
/** The name of ours with wide vectors. */
export const wideName: string = engines.at(-1)!.name;
/** One of ours with a folder that keeps what it has compiled. */
export const keeping = ({ name, command }: Contestant, folder: string): Contestant =>
  contestant(`${name}, program kept`, [...command, "kept", folder]);
export const jaxJs: Contestant = contestant("jax-js", node("jax-js"));
export const peak: Contestant = contestant("peak", node("peak"));

/** Such as "Node 24". */
function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ["-p", "process.versions.node"], { encoding: "utf8" });
  return `Node ${Number.parseInt(stdout, 10)}`;
}

const tensorFlow = (backend: string): Contestant =>
  contestant(`TensorFlow.js ${backend}`, node("tfjs", backend));

/** Names in tables and goals. */
export const pytorchFused = "PyTorch fused";
export const pytorchLoop = "PyTorch loop";
export const xlaName = "Unroll's graph on XLA";

/** Those that `UNROLL_BENCH_PYTHON` names, with commas between them, or `python3`. */
const pythonsNamed = (): readonly string[] => process.env.UNROLL_BENCH_PYTHON?.split(",") ?? ["python3"];

const hasJax = (python: string): boolean =>
  spawnSync(python, ["-c", "import jax, safetensors.numpy"]).status === 0;

/** The version of torch that a Python has; undefined where it has none. */
function torchOf(python: string): string | undefined {
  const program = "import torch; print(torch.__version__.split('+')[0])";
  const { status, stdout } = spawnSync(python, ["-c", program], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Pythons with torch. */
function findPythons(): { readonly python: string; readonly version: string }[] {
  return pythonsNamed().flatMap((python) => {
    const version = torchOf(python);
    if (version !== undefined) return [{ python, version }];
    if (process.env.UNROLL_BENCH_PYTHON && !hasJax(python))
      throw new Error(`UNROLL_BENCH_PYTHON: ${python} has neither torch nor jax`);
    return [];
  });
}

/** The first one is the one that goals speak of; others have their version in their names. */
function pytorch(): Contestant[] {
  const file = join(import.meta.dirname, "contestants", "pytorch.py");
  return findPythons().flatMap(({ python, version }, i) => {
    const name = (form: string): string => (i === 0 ? form : form.replace("PyTorch", `PyTorch ${version}`));
    return [
      contestant(name(pytorchFused), [python, file, "fused"]),
      contestant(name(pytorchLoop), [python, file, "loop"]),
    ];
  });
}

/** Our graph on XLA, printed by `@org/export`: where one of the Pythons has JAX. */
function xla(): Contestant[] {
  const found = pythonsNamed().find(hasJax);
  if (found === undefined) return [];
  const file = join(import.meta.dirname, "contestants", "xla.py");
  return [contestant(xlaName, [found, file, process.execPath, bundleOf("xla-program")])];
}

const all: readonly Contestant[] = [
  unroll,
  ...engines,
  ...pytorch(),
  ...xla(),
  jaxJs,
  tensorFlow("wasm"),
  tensorFlow("cpu"),
];

/** Everyone on one thread; PyTorch where there is one. Ours comes first. The quick form leaves the slowest out. */
export const everyone = ({ quick }: { readonly quick: boolean }): readonly Contestant[] =>
  quick ? all.slice(0, -1) : all;

/** The contestant with this name, if it is there. */
export const byName = (name: string): Contestant | undefined => all.find((each) => each.name === name);

export const withThreads = (each: Contestant, threads: number): Contestant => ({ ...each, threads });
