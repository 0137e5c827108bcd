import { once } from "node:events";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import {
  array,
  checkOptionNames,
  checkOptionValues,
  DTypeError,
  loadMetadata,
  loadTensors,
  type NDArray,
  saveTensors,
} from "@org/core";
import { natural, positive, whole } from "../../options.ts";
import { Connection } from "./connection.ts";
import { ProcessError } from "./process-error.ts";

type Arrays = Readonly<Record<string, NDArray>>;

/** One of several processes that work on the same. Every process calls the same methods in the same order. */
export interface ProcessGroup {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
  /**
   * The mean of the arrays of all processes, `Σ_rank x_rank / size`: added up in doubles in the order of the ranks, so that all get
   * the same bits every time.
   * @throws ProcessError where a process is gone, or gives other names or shapes; DTypeError for arrays that are no floats
   */
  mean<Record extends Arrays>(arrays: Record): Promise<Record>;
  /** The arrays of process 0. @throws ProcessError where a process is gone, or gives other names or shapes */
  broadcast<Record extends Arrays>(arrays: Record): Promise<Record>;
  /** Leaves. The others are told, should they wait for this one. */
  close(): void;
}

/** How a process finds the others. */
export interface JoinOptions {
  /** The number of this process. Default: what `launchProcesses` says, else 0. */
  readonly rank?: number;
  /** How many there are. Default: what `launchProcesses` says, else 1. */
  readonly size?: number;
  /** Host and port on which process 0 listens. Default: what `launchProcesses` says. */
  readonly address?: string;
  /** How long to wait for the others at the beginning, in seconds. @default 60 */
  readonly patience?: number;
}

/** What `launchProcesses` tells its processes by. */
export const variables = { rank: "UNROLL_RANK", size: "UNROLL_SIZE", address: "UNROLL_ADDRESS" } as const;

const number = (name: string): number | undefined =>
  process.env[name] === undefined ? undefined : Number(process.env[name]);

/**
 * Joins the other processes: those that `launchProcesses` has begun, or those that were begun by hand on several machines with
 * the same address. Everything goes through process 0. Where nobody else was begun, the group is this process alone.
 * Whoever reaches the address can take part: keep it within a network that you trust.
 * @throws GraphError for a rank, size or address that is none; ProcessError where the others do not come in time
 * @example
 * import { joinProcesses } from "@org/optim/node";
 * const group = await joinProcesses();
 * group.size; // → 1
 * (await group.mean({ g: array([1, 2]) })).g; // → [1, 2]
 * group.close();
 */
export async function joinProcesses(options: JoinOptions = {}): Promise<ProcessGroup> {
  const op = "joinProcesses";
  checkOptionNames(op, options, "rank size address patience");
  const { rank = number(variables.rank) ?? 0, size = number(variables.size) ?? 1, patience = 60 } = options;
  const address = options.address ?? process.env[variables.address] ?? "127.0.0.1:0";
  checkOptionValues(op, { rank: [rank, whole], size: [size, natural], patience: [patience, positive] });
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (rank >= size || host === undefined)
    throw new ProcessError(
      op,
      `expected a rank below ${size} and an address such as 127.0.0.1:4000, received ${rank}, ${address}`,
    );
  if (size === 1) return group(rank, size, []);
  const place = { host, port: Number(port) };
  const deadline = performance.now() + 1000 * patience;
  return rank === 0
    ? group(rank, size, await others(place, size, deadline))
    : group(rank, size, [await first(place, rank, size, deadline)]);
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Process 0 waits for all others; their connections in the order of their ranks. */
async function others(
  { host, port }: { readonly host: string; readonly port: number },
  size: number,
  deadline: number,
): Promise<Connection[]> {
  const server: Server = createServer();
  const found: (Connection | undefined)[] = Array.from({ length: size - 1 });
  server.listen(port, host);
  await once(server, "listening");
  const whoCame = new Promise<void>((resolve) => {
    server.on("connection", async (socket) => {
      const connection = new Connection(socket);
      try {
        const [rank, theirs] = new TextDecoder()
          .decode(await connection.receive())
          .split(" ")
          .map(Number) as [number, number];
        const isOne =
          theirs === size && Number.isInteger(rank) && rank > 0 && rank < size && !found[rank - 1];
        if (!isOne) return connection.close();
        found[rank - 1] = connection;
        if (found.every(Boolean)) resolve();
      } catch {
        connection.close();
      }
    });
  });
  const left = Math.max(0, deadline - performance.now());
  const timer = new AbortController();
  await Promise.race([whoCame, wait(left, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  server.close();
  const missing = found.flatMap((connection, i) => (connection ? [] : [i + 1]));
  if (missing.length > 0) {
    for (const connection of found) connection?.close();
    throw new ProcessError(
      "joinProcesses",
      `of ${size} processes, ${missing.join(", ")} did not come`,
      missing[0],
    );
  }
  for (const connection of found) connection!.send(text("all are here"));
  return found as Connection[];
}

/** The others look for process 0 until it listens. */
async function first(
  { host, port }: { readonly host: string; readonly port: number },
  rank: number,
  size: number,
  deadline: number,
): Promise<Connection> {
  for (;;) {
    const socket: Socket = connectSocket(port, host);
    try {
      await once(socket, "connect");
      const connection = new Connection(socket);
      connection.send(text(`${rank} ${size}`));
      await connection.receive();
      return connection;
    } catch (error) {
      socket.destroy();
      if (performance.now() > deadline)
        throw new ProcessError(
          "joinProcesses",
          `process 0 did not answer at ${host}:${port} (${(error as Error).message})`,
          0,
        );
      await wait(50);
    }
  }
}

/** @param connections Of process 0 those to all others; of another that to process 0. */
function group(rank: number, size: number, connections: readonly Connection[]): ProcessGroup {
  /** Gives process 0 what `combine` makes of the arrays of all, and all others the same. */
  async function together<Record extends Arrays>(
    op: string,
    arrays: Record,
    combine: (all: readonly Arrays[]) => Arrays,
  ): Promise<Record> {
    if (rank > 0) {
      const [connection] = connections as [Connection];
      connection.send(saveTensors(arrays, { metadata: { op } }));
      return read(op, await heard(op, connection, 0, size)) as Record;
    }
    const all: Arrays[] = [arrays];
    try {
      for (const [i, connection] of connections.entries()) {
        const bytes = await heard(op, connection, i + 1, size);
        const theirs = loadTensors(bytes);
        const problem = differences(op, arrays, loadMetadata(bytes).op, theirs);
        if (problem) throw new ProcessError(op, `process ${i + 1} of ${size} ${problem}`, i + 1);
        all.push(theirs);
      }
    } catch (error) {
      const failure = saveTensors(
        {},
        { metadata: { failure: (error as Error).message.replace(`${op}: `, "") } },
      );
      for (const connection of connections) connection.send(failure);
      for (const connection of connections) connection.close();
      throw error;
    }
    const result = combine(all);
    const bytes = saveTensors(result, { metadata: { op } });
    for (const connection of connections) connection.send(bytes);
    return result as Record;
  }
  return {
    rank,
    size,
    mean: async (arrays) => {
      for (const [name, { dtype }] of Object.entries(arrays))
        if (dtype !== "f32" && dtype !== "f64")
          throw new DTypeError({ op: "mean", problem: `${name} is ${dtype}: means are of floats` });
      return together("mean", arrays, meanOf);
    },
    broadcast: (arrays) => together("broadcast", arrays, ([first]) => first!),
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}

async function heard(op: string, connection: Connection, rank: number, size: number): Promise<Uint8Array> {
  try {
    return await connection.receive();
  } catch (error) {
    throw new ProcessError(op, `process ${rank} of ${size} is gone: ${(error as Error).message}`, rank);
  }
}

/** What process 0 has sent. */
function read(op: string, bytes: Uint8Array): Arrays {
  const { failure } = loadMetadata(bytes);
  if (failure !== undefined) throw new ProcessError(op, failure);
  return loadTensors(bytes);
}

/** In what another process is not in step. */
function differences(
  op: string,
  arrays: Arrays,
  theirOp: string | undefined,
  theirs: Arrays,
): string | undefined {
  if (theirOp !== op) return `is at ${theirOp}`;
  const describe = (of: Arrays): string =>
    Object.entries(of)
      .map(([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(", ")}]`)
      .sort()
      .join("; ");
  const [own, other] = [describe(arrays), describe(theirs)];
  return own === other ? undefined : `has ${other}, process 0 ${own}`;
}

function meanOf(all: readonly Arrays[]): Arrays {
  const [first] = all as [Arrays];
  return Object.fromEntries(
    Object.entries(first).map(([name, { dtype, shape, data }]) => {
      const sum = new Float64Array(data.length);
      for (const arrays of all) {
        const values = arrays[name]!.data;
        for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
      }
      return [
        name,
        array(
          sum.map((value) => value / all.length),
          { dtype, shape },
        ),
      ];
    }),
  );
}
