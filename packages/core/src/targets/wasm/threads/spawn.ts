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
  readonly Worker?: new (url: string | URL) => WebWorker;
}

interface NodeThreads {
  readonly Worker: new (source: string | URL, options: { eval: boolean; execArgv: string[] }) => NodeWorker;
}

/**
 * Starts a worker from its source, or from a URL that has it; it does not keep the process alive. `lost` is told, from the event loop, when
 * it has ended by itself. Nothing is imported, so that bundles for browsers have no trace of Node.
 * @throws Error where there are no workers, or they are forbidden
 */
export function spawn(
  source: string | { readonly url: string | URL },
  lost: (reason: string) => void,
): SpawnedWorker {
  const { process, Worker } = globalThis as Environment;
  const node = process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
  if (node) {
    // Without the parent's options: no loader of TypeScript, no source that is taken for a module.
    const from = typeof source === "string" ? source : new URL(source.url);
    const worker = new node.Worker(from, { eval: typeof source === "string", execArgv: [] });
    worker.on("error", (error) => lost(String(error)));
    worker.on("exit", (code) => lost(`it ended with code ${code}`));
    worker.unref();
    return { post: (message) => worker.postMessage(message), terminate: () => void worker.terminate() };
  }
  if (!Worker) throw new Error("there are no workers here");
  const worker = new Worker(
    typeof source === "string"
      ? URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
      : source.url,
  );
  worker.onerror = ({ message }) => lost(message || "it could not start");
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
}
