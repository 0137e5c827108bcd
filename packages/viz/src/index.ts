export { type CellDiagramOptions, type CellName, cellDiagram } from "./diagrams/cell-diagram.ts";
export {
  type GridDiagramOptions,
  type GridEdge,
  type GridNode,
  type GridPanel,
  gridDiagram,
} from "./diagrams/grid-diagram.ts";
export { toDot } from "./dot.ts";
export { defineGraphElement, type GraphElement } from "./exports/graph-element.ts";
export { type MermaidOptions, toMermaid } from "./exports/mermaid.ts";
export {
  inNotebook,
  type MimeBundle,
  type NotebookOptions,
  type NotebookPicture,
} from "./exports/notebook.ts";
export { type TikzOptions, toTikz } from "./exports/tikz.ts";
export type { SizeOptions } from "./fitting.ts";
export type { Detail } from "./graph/fold.ts";
export type { ColumnJson, EdgeJson, GraphJson, NodeJson } from "./graph/graph-json.ts";
export type { PictureOptions } from "./graph/picture.ts";
export { type HtmlOptions, type PageLanguage, renderHtml } from "./html/render-html.ts";
export type { GraphvizEngine } from "./layout/graphviz.ts";
export { type LineChartOptions, lineChart, type Series } from "./line-chart.ts";
export type { LiveCallback, LiveOptions } from "./live/live-board.ts";
export { liveInPage } from "./live/live-in-page.ts";
export type { MarkName } from "./overlay/find-marks.ts";
export { type PngAssets, type PngOptions, renderPng } from "./png.ts";
export { renderSvg, type SvgPictureOptions } from "./render-svg.ts";
export {
  type ActivationChartOptions,
  type ActivationFunction,
  type ActivationName,
  activationChart,
} from "./results/activation-chart.ts";
export { type AttentionMapOptions, attentionMap } from "./results/attention-map.ts";
export type { ChartOptions } from "./results/chart.ts";
export { type ColorTextOptions, colorText } from "./results/color-text.ts";
export { flameChart } from "./results/flame-chart.ts";
export { type GradientFlowOptions, type GradientNorms, gradientFlow } from "./results/gradient-flow.ts";
export type { Grid } from "./results/grid.ts";
export { type HeatmapOptions, heatmap } from "./results/heatmap.ts";
export { type ImageGridOptions, imageGrid } from "./results/image-grid.ts";
export { type PredictionChartOptions, predictionChart } from "./results/prediction-chart.ts";
export { type CellProbe, type ProbeRankingOptions, probeRanking } from "./results/probe-ranking.ts";
export type { Ramp } from "./results/ramps.ts";
export { type SampleTableOptions, sampleTable, type TextSample } from "./results/sample-table.ts";
export { type GateSaturation, saturationChart } from "./results/saturation-chart.ts";
export {
  type ComplexNumber,
  type NamedSpectrum,
  type SpectrumChartOptions,
  spectrumChart,
} from "./results/spectrum-chart.ts";
export type { Preset, ThemeOptions } from "./theme.ts";
export { toJson } from "./to-json.ts";
