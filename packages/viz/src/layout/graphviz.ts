import type { MessagePort } from "node:worker_threads";

/**
 * Graphviz: text in its own language → the layout `dot` finds, as the text of Graphviz's `json` format. Any build of
 * it will do.
 */
export type GraphvizEngine = (dot: string) => string;

export interface GraphvizLayout {
  /** `left,bottom,right,top` in points. */
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  /** Indices into `objects`; `pos` holds the control points of a Bézier curve, separated by spaces. */
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly pos?: string }[];
}

/** An engine whose text has been read. `marks` says how large the graph is. */
export type Graphviz = (dot: string, marks: number) => GraphvizLayout;

/** Layout took longer than it may. */
export class LayoutTimeout extends Error {}

/** Graphs of more marks are laid out beside the main thread, where they can be stopped: it takes 0.1 s to set that up. */
const LARGE = 40;

/**
 * The engine given, which cannot be stopped, or Graphviz as WebAssembly (`@hpcc-js/wasm-graphviz`), loaded at the first
 * call. In Node the latter throws a `LayoutTimeout` after `timeLimit` seconds, all its calls together.
 */
export async function loadGraphviz(engine?: GraphvizEngine, timeLimit = 20): Promise<Graphviz> {
  if (engine) return (dot) => JSON.parse(engine(dot)) as GraphvizLayout;
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const { layout } = await Graphviz.load().then((loaded) => ({
    layout: (dot: string) => loaded.layout(dot, "json", "dot"),
  }));
  const start = performance.now();
  const stoppable = await loadStoppable();
  return (dot, marks) => {
    const left = timeLimit * 1000 - (performance.now() - start);
    if (left <= 0) throw new LayoutTimeout(`layout took longer than ${timeLimit} s`);
    return JSON.parse(stoppable && marks > LARGE ? stoppable(dot, left) : layout(dot)) as GraphvizLayout;
  };
}

type Stoppable = (dot: string, milliseconds: number) => string;

/** A thread that has loaded Graphviz, for one graph after another: to load it takes longer than most layouts. */
interface Thread {
  readonly port: MessagePort;
  readonly done: Int32Array;
  stop(): void;
}

let thread: Thread | undefined;

/** In Node: Graphviz in a thread of its own, waited for. One that has not answered in time is ended. */
async function loadStoppable(): Promise<Stoppable | undefined> {
  if (typeof process === "undefined" || !process.versions?.node) return undefined;
  const { Worker, MessageChannel, receiveMessageOnPort } = await import("node:worker_threads");
  const url = import.meta.resolve("@hpcc-js/wasm-graphviz");
  const start = (): Thread => {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(program, {
      eval: true,
      execArgv: [],
      workerData: { url, done, port: port2 },
      transferList: [port2],
    });
    worker.unref();
    const stop = (): void => {
      port1.close();
      void worker.terminate();
    };
    return { port: port1, done, stop };
  };
  return (dot, milliseconds) => {
    thread ??= start();
    const { port, done, stop } = thread;
    Atomics.store(done, 0, 0);
    port.postMessage(dot);
    const outcome = Atomics.wait(done, 0, 0, milliseconds);
    const answer = receiveMessageOnPort(port)?.message as { layout?: string; problem?: string } | undefined;
    if (answer?.layout !== undefined) return answer.layout;
    thread = undefined;
    stop();
    if (outcome === "timed-out") throw new LayoutTimeout("layout took too long");
    throw new Error(`Graphviz: ${answer?.problem}`);
  };
}

/** What the thread runs. */
const program = `
const { workerData: { url, done, port } } = require("node:worker_threads");
let loaded;
port.on("message", (dot) => {
  loaded ??= import(url).then(({ Graphviz }) => Graphviz.load());
  loaded
    .then((engine) => port.postMessage({ layout: engine.layout(dot, "json", "dot") }))
    .catch((error) => port.postMessage({ problem: String(error) }))
    .finally(() => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); });
});
`;
