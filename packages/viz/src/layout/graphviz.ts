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
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly pos: string }[];
}

/** An engine whose text has been read. */
export type Graphviz = (dot: string) => GraphvizLayout;

/** The engine given, or Graphviz as WebAssembly (`@hpcc-js/wasm-graphviz`), loaded at the first call. */
export async function loadGraphviz(engine?: GraphvizEngine): Promise<Graphviz> {
  const run = engine ?? (await loadDefault());
  return (dot) => JSON.parse(run(dot)) as GraphvizLayout;
}

async function loadDefault(): Promise<GraphvizEngine> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const engine = await Graphviz.load();
  return (dot) => engine.layout(dot, "json", "dot");
}
