/** The printed launcher on 1, 2 and 4 processes beside this library on the whole batch; one of four is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { compile, loadTensors, NDArray, saveTensors } from "@org/core";
import { toJax } from "../src/index.ts";
import { training } from "./cases.ts";

const steps = 10;
const whole = 8;

/** Two processes that add up 1 and 1: whether JAX's processes reach each other here at all. */
const hello = `
import sys
import jax
jax.distributed.initialize(sys.argv[1], 2, int(sys.argv[2]), initialization_timeout=60)
one = jax.numpy.ones((jax.local_device_count(),))
assert jax.pmap(lambda x: jax.lax.psum(x, "i"), "i")(one)[0] == 2
`;

/** Compares what all counts of processes learn. @returns what is wrong; undefined where processes cannot meet */
export async function checkMachines(python: string, folder: string): Promise<string[] | undefined> {
  const meeting = `127.0.0.1:${await freePort()}`;
  const greetings = [0, 1].map(async (i) => {
    const options = { env: { ...process.env, JAX_PLATFORMS: "cpu" }, timeout: 120_000 };
    return (
      await once(spawn(python, ["-c", hello, meeting, `${i}`], { ...options, stdio: "ignore" }), "exit")
    )[0];
  });
  if ((await Promise.all(greetings)).some((code) => code !== 0)) return undefined;
  const problems: string[] = [];
  const expected = trainHere();
  for (const count of [1, 2, 4]) {
    const home = prepare(join(folder, `machines-${count}`), count);
    const codes = await launch(python, home, count);
    if (codes.some((code) => code !== 0)) problems.push(`${count} processes ended with ${codes}`);
    else problems.push(...differences(home, expected).map((problem) => `${count} processes: ${problem}`));
    if (count === 2) problems.push(...countReductions(join(home, "hlo")));
  }
  problems.push(...(await loseOne(python, join(folder, "machines-killed"), expected)));
  return problems;
}

function trainHere(): Record<string, NDArray> {
  const { inputs, outputs, updates, feeds } = training("lstm", "f64", steps, whole);
  const step = compile({ inputs, outputs, updates });
  for (const batch of feeds) step(batch as never);
  const names = [
    ...Object.keys(updates.gradients).map((name) => `params.${name}`),
    ...Object.keys(updates.state).map((name) => `state.${name}`),
  ];
  const values = Object.fromEntries(names.map((name, i) => [name, updates[i]![0].value]));
  step.dispose();
  return values;
}

/** The program for a part of the batch, and the whole batches. */
function prepare(home: string, count: number): string {
  mkdirSync(home, { recursive: true });
  const { inputs, outputs, updates } = training("lstm", "f64", steps, whole / count);
  const program = toJax({ inputs, outputs, updates, batchAxis: { ids: 1, labels: 1 } });
  const { feeds } = training("lstm", "f64", steps, whole);
  const stacked = Object.fromEntries(
    ["ids", "labels"].map((name) => {
      const parts = feeds.map((batch) => batch[name]!);
      const data = Int32Array.from(parts.flatMap(({ data }) => [...data]));
      return [name, new NDArray("i32", [steps, ...parts[0]!.shape], data)];
    }),
  );
  writeFileSync(join(home, "model.py"), program.module);
  writeFileSync(join(home, "model_train.py"), program.launcher);
  writeFileSync(join(home, "model.safetensors"), program.weights);
  writeFileSync(join(home, "batches.safetensors"), saveTensors(stacked));
  return home;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Runs all processes; `kill` ends the last one as soon as something was saved. @returns exit codes */
async function launch(
  python: string,
  home: string,
  count: number,
  kill = false,
): Promise<(number | string)[]> {
  const coordinator = `127.0.0.1:${await freePort()}`;
  const processes = Array.from({ length: count }, (_, i) => {
    const several = ["--coordinator", coordinator, "--processes", `${count}`, "--process", `${i}`];
    const args = [
      "model_train.py",
      "batches.safetensors",
      "--save-every",
      "2",
      ...(count > 1 ? several : []),
    ];
    return spawn(python, args, {
      cwd: home,
      stdio: ["ignore", "pipe", kill ? "ignore" : "inherit"],
      env: {
        ...process.env,
        JAX_PLATFORMS: "cpu",
        XLA_FLAGS: "--xla_dump_to=hlo --xla_dump_hlo_as_text --xla_dump_hlo_module_re=jit_step",
      },
    });
  });
  if (kill) {
    let printed = "";
    processes[0]!.stdout!.on("data", (chunk) => {
      printed += chunk;
      if (/^5 /m.test(printed)) processes.at(-1)!.kill("SIGKILL");
    });
  } else for (const { stdout } of processes) stdout!.resume();
  return Promise.all(
    processes.map(async (one) => {
      one.stdout?.resume();
      const [code, signal] = await once(one, "exit");
      return code ?? signal;
    }),
  );
}

/** Machines talk once a step: gradients and outputs go in one row. */
function countReductions(folder: string): string[] {
  const name = readdirSync(folder).find((file) => file.endsWith("after_optimizations.txt"));
  if (!name) return [`${folder} has no compiled step`];
  const count = readFileSync(join(folder, name), "utf8").match(/= \S+ all-reduce(-start)?\(/g)?.length ?? 0;
  return count === 1 ? [] : [`the compiled step has ${count} all-reduces`];
}

function differences(home: string, expected: Readonly<Record<string, NDArray>>): string[] {
  const found = loadTensors(readFileSync(join(home, "model.trained.safetensors"))) as Record<string, NDArray>;
  return Object.entries(expected).flatMap(([name, { data }]) => {
    const other = found[name]?.data;
    if (!other) return [`${name} is missing`];
    let apart = 0;
    data.forEach((value, i) => {
      apart = Math.max(apart, Math.abs(value - other[i]!) / Math.max(1e-3, Math.abs(value)));
    });
    return apart <= 1e-12 ? [] : [`${name} is ${apart} apart`];
  });
}

/** One of four dies: the others end with an error, and two go on from what was saved, to the same end. */
async function loseOne(
  python: string,
  folder: string,
  expected: Readonly<Record<string, NDArray>>,
): Promise<string[]> {
  prepare(folder, 4);
  const codes = await launch(python, folder, 4, true);
  if (codes.every((code) => code === 0)) return ["one of four was killed and nobody noticed"];
  if (!existsSync(join(folder, "model.trained.safetensors")))
    return ["one of four was killed before it saved"];
  prepare(folder, 2); // the program for larger parts; what was learnt stays
  const after = await launch(python, folder, 2);
  if (after.some((code) => code !== 0)) return [`two processes did not go on: ${after}`];
  return differences(folder, expected).map((problem) => `resumed on two: ${problem}`);
}
