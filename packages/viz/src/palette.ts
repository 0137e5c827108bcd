/** Colours that stay apart in print and for colour-blind readers. Source: Okabe & Ito 2008; Tol 2021. */
export const palette = {
  ink: "#1f2933",
  faint: "#6b7785",
  line: "#4a5663",
  /** Edges of parameters. */
  light: "#b9c4cf",
  frame: "#d5dce3",
  paper: "#ffffff",
  column: "#f7f9fb",
  grid: "#e6eaef",
  variable: "#ffffff",
  parameter: "#dfe5ec",
  gradient: "#cc3311",
  /** Gradients of parameters. */
  lightGradient: "#e39a8a",
  /** Series of a chart, in order. */
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"],
} as const;

export const fontFamily = "Helvetica, Arial, 'DejaVu Sans', sans-serif";
