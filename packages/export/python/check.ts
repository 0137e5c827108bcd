/**
 * What other engines make of the graphs in `cases.ts`, beside this library's own values: `npx -y pnpm@12 interop`.
 * Python with JAX and ONNX Runtime is needed: `UNROLL_PYTHON` names one; else an environment is made in `out/`, where packages can be had.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, evaluate, type NDArray, saveTensors } from "@org/core";
import { ops } from "@org/core/ops";
import { prefixed } from "../src/gather.ts";
import { type StableHloProgram, toJax, toOnnx, toStableHlo } from "../src/index.ts";
import { without } from "../src/onnx/operations.ts";
import { loops, networks, type Point, pointOf, sweep, type Training, training } from "./cases.ts";
import { checkMachines } from "./check-machines.ts";
import { type OpenCase, openNetworks } from "./open-cases.ts";

const root = join(import.meta.dirname, "../../..");
const out = join(root, "out/interop");

const python = findPython();
if (!python) {
  console.log(
    "Left out: no Python with the packages of packages/export/python/requirements.txt, and none to be had",
  );
  process.exit(0);
}
for (const folder of ["jax", "jax-machines", "onnx", "stablehlo"])
  rmSync(join(out, folder), { recursive: true, force: true });
for (const dtype of ["f32", "f64"] as const) {
  writePoint(`sweep_${dtype}`, sweep(dtype));
  writePoint(`loops_${dtype}`, loops(dtype));
  for (const [name, point] of Object.entries(networks(dtype))) {
    writePoint(`${name}_${dtype}`, point);
    writeOnnx(`${name}_${dtype}`, point);
  }
  writeOnnx(`loops_${dtype}`, withoutRandom(loops(dtype)));
  const samples = sweep(dtype);
  for (const name of Object.keys(ops)) {
    const point = pointOf(name, samples);
    if (!(name in without) && Object.keys(point.outputs).length > 0) writeOnnx(`${name}_${dtype}`, point);
  }
  for (const [name, open] of Object.entries(openNetworks(dtype))) writeOpen(`${name}_${dtype}`, open);
  for (const kind of ["lstm", "gru"] as const) writeTraining(`${kind}_${dtype}`, training(kind, dtype));
}
/** Whether every array of an engine is the library's, to 2e-5 of f32 and 1e-12 of f64. */
const agrees = (engine: string): boolean => {
  const script = join(import.meta.dirname, `check_${engine}.py`);
  return spawnSync(python, [script, join(out, engine), "2e-5", "1e-12"], { stdio: "inherit" }).status === 0;
};
const engines = ["jax", "stablehlo", "onnx"].map(agrees);
const problems = await checkMachines(python, join(out, "jax-machines"));
if (!problems) console.log("Left out: processes of JAX cannot reach each other here");
else if (problems.length > 0) console.log(problems.join("\n"));
else console.log("1, 2 and 4 processes learn the same; one of four was lost, and two went on");
process.exit(engines.includes(false) || (problems && problems.length > 0) ? 1 : 0);

/** The interpreter that is named, one that has everything, or one of our own. */
function findPython(): string | undefined {
  const own = join(out, "venv/bin/python");
  const named = process.env.UNROLL_PYTHON;
  const works = (path: string): boolean =>
    spawnSync(path, ["-c", "import jax, numpy, onnx, onnxruntime, safetensors"], { stdio: "ignore" })
      .status === 0;
  if (named) return named;
  const found = ["python3", own].find(works);
  if (found) return found;
  try {
    mkdirSync(out, { recursive: true });
    execFileSync("python3", ["-m", "venv", join(out, "venv")], { stdio: "ignore" });
    const requirements = join(import.meta.dirname, "requirements.txt");
    execFileSync(
      own,
      ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15", "-r", requirements],
      {
        stdio: "ignore",
        timeout: 300_000,
      },
    );
  } catch {
    return undefined;
  }
  return existsSync(own) && works(own) ? own : undefined;
}

type Arrays = Readonly<Record<string, NDArray>>;

function write(
  name: string,
  jax: { module: string; weights: Uint8Array },
  { functions, weights }: StableHloProgram,
  steps: Arrays,
): void {
  const folders = ["jax", "stablehlo"].map((engine) => join(out, engine, name)) as [string, string];
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "model.safetensors"), weights);
    writeFileSync(join(folder, "steps.safetensors"), saveTensors(steps));
  }
  writeFileSync(join(folders[0], "model.py"), jax.module);
  writeFileSync(join(folders[0], "model.safetensors"), jax.weights);
  for (const [key, { module, ...told }] of Object.entries(functions)) {
    writeFileSync(join(folders[1], `${key}.mlir`), module);
    writeFileSync(join(folders[1], `${key}.json`), JSON.stringify(told));
  }
}

/** Of the loops, what no random numbers go into. */
function withoutRandom({ outputs: { normal: _, ...outputs }, ...rest }: Point): Point {
  return { ...rest, outputs };
}

/** One file, beside what graphs give that are drawn at each of several sizes. */
function writeOpen(name: string, { sizes, draw, feeds }: OpenCase): void {
  const file = toOnnx(draw, { sizes });
  for (const [i, lengths] of [
    [1, 3],
    [3, 1],
    [7, 5],
  ].entries()) {
    const point = Object.fromEntries(sizes.map((size, k) => [size, lengths[k]!]));
    const { inputs = {}, outputs } = draw(point);
    writeOnnx(`${name}_open_${i}`, { inputs, outputs, feeds: feeds(point) }, file);
  }
}

function writeOnnx(
  name: string,
  { inputs, outputs, feeds, parameters = {} }: Point,
  file: Uint8Array = toOnnx({ inputs, outputs, parameters }),
): void {
  const folder = join(out, "onnx", name);
  const values = evaluate(outputs, feeds) as unknown as Arrays;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "model.onnx"), file);
  const steps = saveTensors({ ...prefixed("batch", feeds), ...prefixed("outputs", values) });
  writeFileSync(join(folder, "steps.safetensors"), steps);
}

function writePoint(name: string, { inputs, outputs, feeds, parameters = {} }: Point): void {
  const values = evaluate(outputs, feeds) as unknown as Arrays;
  const program = { inputs, outputs, parameters };
  write(name, toJax(program), toStableHlo(program), {
    ...prefixed("batch", feeds),
    ...prefixed("outputs", values),
  });
}

function writeTraining(name: string, { inputs, outputs, updates, carried, feeds }: Training): void {
  const program = { inputs, outputs, updates, carried };
  const [jax, stableHlo] = [toJax(program), toStableHlo(program)];
  const step = compile({ inputs, outputs, updates: [...updates, ...carried] });
  const trained = Object.keys(updates.gradients);
  const steps: Record<string, NDArray> = {};
  for (const [i, batch] of feeds.entries()) {
    const values = step(batch as never) as unknown as Arrays;
    const after = {
      batch,
      outputs: values,
      params: Object.fromEntries(trained.map((key, k) => [key, updates[k]![0].value])),
      state: Object.fromEntries(Object.entries(updates.state).map(([key, { value }]) => [key, value])),
      carried: Object.fromEntries(carried.map(([p]) => [p.name!, p.value])),
    };
    for (const [word, arrays] of Object.entries(after))
      Object.assign(steps, prefixed(`${i}.${word}`, arrays));
  }
  step.dispose();
  write(name, jax, stableHlo, steps);
}
