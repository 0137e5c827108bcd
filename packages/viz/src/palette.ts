/** Colours that stay apart in print and for colour-blind readers. Source: Okabe & Ito 2008; Tol 2021. */
export const palette = {
  ink: "#1f2933",
  faint: "#6b7785",
  line: "#4a5663",
  frame: "#d5dce3",
  paper: "#ffffff",
  column: "#f7f9fb",
  grid: "#e6eaef",
  variable: "#ffffff",
  parameter: "#dfe5ec",
  gradient: "#cc3311",
  /** Series of a chart, in order; the two lightest darker than in the source, for 3:1 on paper. */
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#c48800", "#3a9bd6", "#000000"],
} as const;

export const fontFamily = "Helvetica, Arial, 'DejaVu Sans', sans-serif";
