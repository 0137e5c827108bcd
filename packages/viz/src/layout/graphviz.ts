/** Text in Graphviz's own language → the layout it finds, as its `json` format has it. */
export type Graphviz = (dot: string) => GraphvizLayout;

export interface GraphvizLayout {
  /** `left,bottom,right,top` in points. */
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos: string }[];
  /** Indices into `objects`; `pos` holds the control points of a Bézier curve, separated by spaces. */
  readonly edges?: readonly { readonly tail: number; readonly head: number; readonly pos: string }[];
}

/** Graphviz as WebAssembly, loaded at the first call. */
export async function loadGraphviz(): Promise<Graphviz> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const engine = await Graphviz.load();
  return (dot) => JSON.parse(engine.layout(dot, "json", "dot")) as GraphvizLayout;
}
