export { toDot } from "./dot.ts";
export type { PictureOptions } from "./graph/picture.ts";
export { type HtmlOptions, renderHtml } from "./html/render-html.ts";
export { type LineChartOptions, lineChart, type Series } from "./line-chart.ts";
export { renderSvg } from "./render-svg.ts";
