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

/** Graphs of more marks are laid out beside the main thread, where they can be stopped: that takes 0.1 s to set up. */
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

/** In Node: Graphviz in a thread of its own, waited for. */
async function loadStoppable(): Promise<Stoppable | undefined> {
  if (typeof process === "undefined" || !process.versions?.node) return undefined;
  const { Worker, MessageChannel, receiveMessageOnPort } = await import("node:worker_threads");
  const url = import.meta.resolve("@hpcc-js/wasm-graphviz");
  return (dot, milliseconds) => {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(program, {
      eval: true,
      execArgv: [],
      workerData: { url, dot, done, port: port2 },
      transferList: [port2],
    });
    worker.unref();
    const outcome = Atomics.wait(done, 0, 0, milliseconds);
    const answer = receiveMessageOnPort(port1)?.message as { layout?: string; problem?: string } | undefined;
    port1.close();
    void worker.terminate();
    if (answer?.layout !== undefined) return answer.layout;
    if (outcome === "timed-out") throw new LayoutTimeout("layout took too long");
    throw new Error(`Graphviz: ${answer?.problem}`);
  };
}

/** What the thread runs. */
const program = `
const { workerData: { url, dot, done, port } } = require("node:worker_threads");
import(url)
  .then(({ Graphviz }) => Graphviz.load())
  .then((engine) => port.postMessage({ layout: engine.layout(dot, "json", "dot") }))
  .catch((error) => port.postMessage({ problem: String(error) }))
  .finally(() => { Atomics.store(done, 0, 1); Atomics.notify(done, 0); });
`;
