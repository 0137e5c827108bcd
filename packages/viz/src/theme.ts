import { palette } from "./palette.ts";

/** The looks of graph pictures. */
export type Preset = "d2l" | "colah" | "plain";

/** How a picture looks. */
export interface ThemeOptions {
  /**
   * `"d2l"`: variables in squares, parameters in shaded squares, operators in circles. `"colah"`: layers of units in
   * yellow boxes, pointwise operations in pink circles, states and inputs round, cells green. `"plain"`: black on white,
   * told apart by outlines alone. All of them read in print and for colour-blind readers. Default "d2l".
   */
  readonly preset?: Preset;
  /** Light on dark. Default false. */
  readonly dark?: boolean;
}

/** The colours of a picture by what they are for. */
export interface Colours {
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  /** Edges of parameters. */
  readonly light: string;
  readonly frame: string;
  readonly paper: string;
  readonly column: string;
  readonly variable: string;
  /** Variables that a colour tells from operators. */
  readonly state: string;
  readonly operator: string;
  /** A layer of units: an activation function with its weights. */
  readonly layer: string;
  readonly cell: string;
  readonly parameter: string;
  readonly gradient: string;
  /** Gradients of parameters. */
  readonly lightGradient: string;
  readonly accent: string;
}

/** Of the default preset. */
export const light: Colours = {
  ink: palette.ink,
  faint: "#5a6673",
  line: palette.line,
  light: "#7d8b99",
  frame: "#8390a0",
  paper: palette.paper,
  column: palette.column,
  variable: palette.variable,
  state: palette.variable,
  operator: palette.variable,
  layer: palette.variable,
  cell: "#e8f0f7",
  parameter: palette.parameter,
  gradient: palette.gradient,
  lightGradient: "#d4604a",
  accent: palette.series[0],
};

const dark: Colours = {
  ink: "#e8edf2",
  faint: "#b3bfcb",
  line: "#93a1af",
  light: "#74869a",
  frame: "#66788c",
  paper: "#11171d",
  column: "#171f27",
  variable: "#1f2933",
  state: "#1f2933",
  operator: "#1f2933",
  layer: "#1f2933",
  cell: "#22384c",
  parameter: "#364554",
  gradient: "#ff7b5e",
  lightGradient: "#c9685a",
  accent: "#56b4e9",
};

const colours: Readonly<Record<Preset, { readonly light: Colours; readonly dark: Colours }>> = {
  d2l: { light, dark },
  colah: {
    light: {
      ...light,
      faint: "#4f5b68",
      line: "#20262d",
      column: "#f3faf1",
      frame: "#6f9a60",
      state: "#d7e8fa",
      operator: "#fbd3dc",
      layer: "#fff0a8",
      cell: "#d5edcb",
      parameter: "#e7e7ea",
    },
    dark: {
      ...dark,
      line: "#c4cdd6",
      column: "#15211a",
      frame: "#5b8a56",
      state: "#234263",
      operator: "#6b2c3d",
      layer: "#4d420f",
      cell: "#27482a",
    },
  },
  plain: {
    light: {
      ...light,
      ink: "#000000",
      faint: "#4d4d4d",
      line: "#000001",
      light: "#8c8c8c",
      frame: "#8c8c8c",
      column: "#fdfdfd",
      cell: "#f4f4f4",
      parameter: "#e2e2e2",
      gradient: "#b32000",
      lightGradient: "#c9705a",
    },
    dark: {
      ...dark,
      ink: "#ffffff",
      line: "#e6e6e6",
      paper: "#000000",
      column: "#0a0a0a",
      variable: "#000001",
      state: "#000001",
      operator: "#000001",
      layer: "#000001",
      cell: "#1c1c1c",
      parameter: "#333333",
    },
  },
};

/** How a picture looks. */
export interface Theme {
  readonly preset: Preset;
  readonly colours: Colours;
}

/** @throws RangeError for an unknown preset */
export function themeOf({ preset = "d2l", dark = false }: ThemeOptions): Theme {
  if (Object.hasOwn(colours, preset)) return { preset, colours: colours[preset][dark ? "dark" : "light"] };
  const names = Object.keys(colours).join(", ");
  throw new RangeError(`preset: expected one of ${names}; received ${JSON.stringify(preset)}`);
}

/** Ops that colah draws as layers of units. */
const layers = new Set([
  "sigmoid",
  "tanh",
  "relu",
  "softmax",
  "logSoftmax",
  "softplus",
  "gelu",
  "silu",
  "elu",
]);

/** What a mark is drawn as: its outline, and the colour that fills it. */
export interface Look {
  readonly round: boolean;
  readonly fill: keyof Colours;
}

/** How a preset draws a mark. */
export function lookOf(preset: Preset, kind: string, op: string | undefined, pointwise = false): Look {
  if (kind === "cell" || kind === "loop") return { round: false, fill: "cell" };
  if (kind === "parameter") return { round: false, fill: "parameter" };
  if (kind === "operator") {
    // Of a sum of products it is a layer, of a state an operation on each of its units: tanh(c).
    const layer = op !== undefined && layers.has(op) && !pointwise;
    if (preset === "colah") return { round: !layer, fill: layer ? "layer" : "operator" };
    return { round: true, fill: "operator" };
  }
  if (kind === "variable")
    return { round: preset === "colah", fill: preset === "colah" ? "state" : "variable" };
  return { round: false, fill: "variable" };
}
