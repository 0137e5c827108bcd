/** What a pool asks of a worker, in Node and in browsers. */
export interface SpawnedWorker {
  post(message: unknown): void;
  terminate(): void;
}

interface NodeWorker {
  on(event: string, listener: (reason: unknown) => void): void;
  postMessage(message: unknown): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface WebWorker {
  onerror: ((event: { message?: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Environment {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly Worker?: new (url: string) => WebWorker;
}

interface NodeThreads {
  readonly Worker: new (source: string, options: { eval: true; execArgv: string[] }) => NodeWorker;
}

/**
 * Starts a worker from its source; it does not keep the process alive. `lost` is told, from the event loop, when
 * it has ended by itself. Nothing is imported, so that bundles for browsers have no trace of Node.
 * @throws Error where there are no workers, or they are forbidden
 */
export function spawn(source: string, lost: (reason: string) => void): SpawnedWorker {
  const { process, Worker } = globalThis as Environment;
  const node = process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
  if (node) {
    // Without the parent's options: no loader of TypeScript, no source that is taken for a module.
    const worker = new node.Worker(source, { eval: true, execArgv: [] });
    worker.on("error", (error) => lost(String(error)));
    worker.on("exit", (code) => lost(`it ended with code ${code}`));
    worker.unref();
    return { post: (message) => worker.postMessage(message), terminate: () => void worker.terminate() };
  }
  if (!Worker) throw new Error("there are no workers here");
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onerror = ({ message }) => lost(message ?? "it could not start");
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
}
