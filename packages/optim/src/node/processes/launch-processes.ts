import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { checkOptionNames, checkOptionValues } from "@org/core";
import { natural } from "../../options.ts";
import { ProcessError } from "./process-error.ts";
import { variables } from "./process-group.ts";

/** What `launchProcesses` takes. */
export interface LaunchOptions {
  /** How many processes. */
  readonly processes: number;
  /** What the program is given on its command line. Default: nothing. */
  readonly args?: readonly string[];
}

/**
 * Runs a program in several processes of Node on this machine, which find each other by `joinProcesses`. Ends when all have; as
 * soon as one fails or is killed, the others are ended too.
 * @param program The path of a file that this process could import too: loaders given to `node` are given on.
 * @throws GraphError for a number of processes that is none; ProcessError that names the process that failed first
 */
export async function launchProcesses(program: string, options: LaunchOptions): Promise<void> {
  const op = "launchProcesses";
  const { processes, args = [] } = checkOptionNames(op, options, "processes args");
  checkOptionValues(op, { processes: [processes, natural] });
  const address = `127.0.0.1:${await freePort()}`;
  const children = Array.from({ length: processes }, (_, rank) =>
    spawn(process.execPath, [...process.execArgv, program, ...args], {
      stdio: "inherit",
      env: {
        ...process.env,
        [variables.rank]: String(rank),
        [variables.size]: String(processes),
        [variables.address]: address,
      },
    }),
  );
  const ends = children.map(ending);
  const failures = ends.map(async (end, rank) => {
    const how = await end;
    if (how !== undefined) throw new ProcessError(op, `process ${rank} of ${processes} ${how}`, rank);
  });
  try {
    await Promise.all(failures);
  } finally {
    for (const child of children) child.kill();
    await Promise.all(ends);
  }
}

/** How it ended; nothing where all was well. */
function ending(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.on("error", ({ message }) => resolve(`did not begin: ${message}`));
    child.on("exit", (code, signal) => {
      if (signal !== null) resolve(`was ended by ${signal}`);
      else resolve(code === 0 ? undefined : `ended with code ${code}`);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
