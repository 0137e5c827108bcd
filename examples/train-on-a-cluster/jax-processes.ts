/** The printed launcher in several processes of Python on this machine, which could be on several. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** An interpreter that has what the launcher imports. */
export const findPython = (): string | undefined =>
  [process.env.UNROLL_PYTHON, "python3", "out/interop/venv/bin/python"].find(
    (path) => path && spawnSync(path, ["-c", "import jax, safetensors.numpy"]).status === 0,
  );

/**
 * Runs `model_train.py` of a folder in all processes, to their end.
 * @returns the loss of each step
 */
export async function launch(python: string, home: string, processes: number): Promise<number[]> {
  const coordinator = `127.0.0.1:${await freePort()}`;
  const started = Array.from({ length: processes }, (_, i) => {
    const place = ["--coordinator", coordinator, "--processes", `${processes}`, "--process", `${i}`];
    const [output, errors] = i === 0 ? (["pipe", "inherit"] as const) : (["ignore", "ignore"] as const);
    return spawn(python, ["model_train.py", "batches.safetensors", ...place], {
      cwd: home,
      env: { ...process.env, JAX_PLATFORMS: "cpu" },
      stdio: ["ignore", output, errors],
    });
  });
  const ended = Promise.all(started.map(endOf));
  const losses: number[] = [];
  for await (const line of createInterface({ input: started[0]!.stdout! })) {
    const loss = /^\d+ loss (\S+)/.exec(line)?.[1];
    if (loss === undefined) continue; // processes say, too, that they have found each other
    losses.push(Number(loss));
    if (losses.length % 50 === 0) console.log(`step ${losses.length}: JAX: loss ${Number(loss).toFixed(3)}`);
  }
  assert.deepEqual(await ended, new Array(processes).fill(0), "all processes of JAX end well");
  return losses;
}

async function endOf(process: ChildProcess): Promise<unknown> {
  return (await once(process, "exit"))[0];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
