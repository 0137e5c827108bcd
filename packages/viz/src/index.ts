export { type LineChartOptions, lineChart, type Series } from "./line-chart.ts";
