/** What a cell is drawn from. */
export interface Part {
  readonly id: string;
  /** A layer of units, a pointwise operation, where lines part or meet, what comes in and goes out. */
  readonly kind: "layer" | "operator" | "dot" | "variable";
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** A line from part to part, around corners. */
export interface Wire {
  readonly from: string;
  readonly to: string;
  readonly corners?: readonly (readonly [x: number, y: number])[];
  /** A name beside the line. */
  readonly label?: readonly [text: string, x: number, y: number];
}

/** A group of parts that a frame points out, with its equations. */
export interface Focus {
  readonly name: string;
  readonly title: string;
  readonly equations: readonly string[];
  readonly parts: readonly string[];
}

export interface CellParts {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Left, top, right and bottom of the cell's frame. */
  readonly frame: readonly [left: number, top: number, right: number, bottom: number];
  readonly parts: readonly Part[];
  readonly wires: readonly Wire[];
  readonly focus: readonly Focus[];
  /** How it is built up, each frame beside those before. Default: by its focus. */
  readonly stages?: readonly Focus[];
}

const part = (kind: Part["kind"], id: string, label: string, x: number, y: number): Part => ({
  kind,
  id,
  label,
  x,
  y,
});
const dot = (id: string, x: number, y: number): Part => part("dot", id, "", x, y);

/** Elman 1990: `hₜ = tanh(xₜ W_xh + hₜ₋₁ W_hh + b_h)`, `yₜ = hₜ W_hq + b_q`. */
const rnn: CellParts = {
  title: "A recurrent cell",
  width: 460,
  height: 330,
  frame: [80, 95, 385, 250],
  parts: [
    part("variable", "x", "xₜ", 140, 295),
    part("variable", "h0", "hₜ₋₁", 32, 205),
    dot("concat", 140, 205),
    part("layer", "tanh", "tanh", 215, 205),
    dot("copy", 300, 205),
    part("variable", "h1", "hₜ", 430, 205),
    part("layer", "head", "W_hq", 300, 140),
    part("variable", "y", "yₜ", 300, 40),
  ],
  wires: [
    { from: "h0", to: "concat" },
    { from: "x", to: "concat" },
    { from: "concat", to: "tanh" },
    { from: "tanh", to: "copy" },
    { from: "copy", to: "h1" },
    { from: "copy", to: "head" },
    { from: "head", to: "y" },
  ],
  focus: [
    {
      name: "h",
      title: "hidden state",
      equations: ["hₜ = tanh(xₜ W_xh + hₜ₋₁ W_hh + b_h)"],
      parts: ["x", "h0", "concat", "tanh", "copy", "h1"],
    },
    { name: "y", title: "output", equations: ["yₜ = hₜ W_hq + b_q"], parts: ["copy", "head", "y"] },
  ],
};

/** Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; drawn as by Olah 2015. */
const lstm: CellParts = {
  title: "Long short-term memory",
  width: 640,
  height: 410,
  frame: [82, 62, 560, 330],
  parts: [
    part("variable", "c0", "Cₜ₋₁", 32, 100),
    part("variable", "h0", "hₜ₋₁", 32, 300),
    part("variable", "x", "xₜ", 115, 378),
    dot("concat", 115, 300),
    dot("copy f", 165, 300),
    dot("copy i", 245, 300),
    dot("copy C", 325, 300),
    part("layer", "f", "σ", 165, 245),
    part("layer", "i", "σ", 245, 245),
    part("layer", "C", "tanh", 325, 245),
    part("layer", "o", "σ", 415, 245),
    part("operator", "forget", "×", 165, 100),
    part("operator", "write", "×", 325, 170),
    part("operator", "plus", "+", 325, 100),
    dot("copy c", 485, 100),
    part("operator", "squash", "tanh", 485, 155),
    part("operator", "show", "×", 485, 212),
    dot("copy h", 525, 300),
    part("variable", "c1", "Cₜ", 605, 100),
    part("variable", "h1", "hₜ", 605, 300),
    part("variable", "out", "hₜ", 525, 25),
  ],
  wires: [
    { from: "h0", to: "concat" },
    { from: "x", to: "concat" },
    { from: "concat", to: "copy f" },
    { from: "copy f", to: "copy i" },
    { from: "copy i", to: "copy C" },
    { from: "copy f", to: "f" },
    { from: "copy i", to: "i" },
    { from: "copy C", to: "C" },
    { from: "copy C", to: "o", corners: [[415, 300]] },
    { from: "c0", to: "forget" },
    { from: "f", to: "forget", label: ["fₜ", 178, 205] },
    { from: "forget", to: "plus" },
    { from: "i", to: "write", corners: [[245, 170]], label: ["iₜ", 258, 205] },
    { from: "C", to: "write", label: ["C̃ₜ", 340, 210] },
    { from: "write", to: "plus" },
    { from: "plus", to: "copy c" },
    { from: "copy c", to: "c1" },
    { from: "copy c", to: "squash" },
    { from: "squash", to: "show" },
    { from: "o", to: "show", corners: [[415, 212]], label: ["oₜ", 436, 204] },
    { from: "show", to: "copy h", corners: [[485, 300]] },
    { from: "copy h", to: "h1" },
    { from: "copy h", to: "out" },
  ],
  focus: [
    {
      name: "f",
      title: "forget gate",
      equations: ["fₜ = σ(xₜ W_xf + hₜ₋₁ W_hf + b_f)"],
      parts: ["h0", "x", "concat", "copy f", "f", "forget"],
    },
    {
      name: "i",
      title: "input gate and candidate",
      equations: ["iₜ = σ(xₜ W_xi + hₜ₋₁ W_hi + b_i)", "C̃ₜ = tanh(xₜ W_xc + hₜ₋₁ W_hc + b_c)"],
      parts: ["h0", "x", "concat", "copy f", "copy i", "copy C", "i", "C", "write"],
    },
    {
      name: "C",
      title: "memory",
      equations: ["Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ"],
      parts: ["c0", "f", "forget", "i", "C", "write", "plus", "copy c", "c1"],
    },
    {
      name: "o",
      title: "output gate and hidden state",
      equations: ["oₜ = σ(xₜ W_xo + hₜ₋₁ W_ho + b_o)", "hₜ = oₜ ⊙ tanh(Cₜ)"],
      parts: [
        "h0",
        "x",
        "concat",
        "copy f",
        "copy i",
        "copy C",
        "o",
        "plus",
        "copy c",
        "squash",
        "show",
        "copy h",
        "h1",
        "out",
      ],
    },
  ],
};

/** The order in which d2l builds the cell up. Source: Zhang et al., "Dive into deep learning", section 10.1. */
const stages: readonly Focus[] = [
  {
    name: "gates",
    title: "1. gates",
    equations: ["fₜ, iₜ, oₜ = σ(xₜ W_x· + hₜ₋₁ W_h· + b_·)"],
    parts: ["h0", "x", "concat", "copy f", "copy i", "copy C", "f", "i", "o"],
  },
  {
    name: "candidate",
    title: "2. candidate",
    equations: ["C̃ₜ = tanh(xₜ W_xc + hₜ₋₁ W_hc + b_c)"],
    parts: ["C"],
  },
  {
    name: "memory",
    title: "3. memory",
    equations: ["Cₜ = fₜ ⊙ Cₜ₋₁ + iₜ ⊙ C̃ₜ"],
    parts: ["c0", "forget", "write", "plus", "copy c", "c1"],
  },
  {
    name: "hidden",
    title: "4. hidden state",
    equations: ["hₜ = oₜ ⊙ tanh(Cₜ)"],
    parts: ["squash", "show", "copy h", "h1", "out"],
  },
];

/** Cho et al. 2014, `hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ h̃ₜ`. */
const gru: CellParts = {
  title: "Gated recurrent unit",
  width: 640,
  height: 430,
  frame: [82, 62, 575, 362],
  parts: [
    part("variable", "h0", "hₜ₋₁", 32, 100),
    part("variable", "x", "xₜ", 125, 398),
    dot("copy h", 125, 100),
    dot("copy x", 125, 342),
    dot("concat", 125, 300),
    dot("copy r", 185, 300),
    part("layer", "r", "σ", 185, 248),
    part("layer", "z", "σ", 275, 248),
    dot("tap", 185, 100),
    part("operator", "reset", "×", 185, 195),
    dot("copy z", 275, 152),
    part("operator", "keep", "×", 395, 100),
    part("operator", "one", "1−", 345, 152),
    part("operator", "write", "×", 485, 152),
    dot("join", 485, 300),
    part("layer", "H", "tanh", 485, 248),
    part("operator", "plus", "+", 485, 100),
    dot("copy out", 545, 100),
    part("variable", "h1", "hₜ", 612, 100),
    part("variable", "out", "hₜ", 545, 25),
  ],
  wires: [
    { from: "h0", to: "copy h" },
    { from: "copy h", to: "tap" },
    { from: "tap", to: "keep" },
    { from: "copy h", to: "concat" },
    { from: "x", to: "copy x" },
    { from: "copy x", to: "concat" },
    { from: "concat", to: "copy r" },
    { from: "copy r", to: "r" },
    { from: "copy r", to: "z", corners: [[275, 300]] },
    { from: "tap", to: "reset" },
    { from: "r", to: "reset", label: ["rₜ", 198, 226] },
    {
      from: "reset",
      to: "join",
      corners: [
        [375, 195],
        [375, 300],
      ],
    },
    { from: "copy x", to: "join", corners: [[485, 342]] },
    { from: "join", to: "H" },
    { from: "z", to: "copy z", label: ["zₜ", 289, 215] },
    {
      from: "copy z",
      to: "keep",
      corners: [
        [275, 125],
        [395, 125],
      ],
    },
    { from: "copy z", to: "one" },
    { from: "one", to: "write" },
    { from: "H", to: "write", label: ["h̃ₜ", 500, 205] },
    { from: "write", to: "plus" },
    { from: "keep", to: "plus" },
    { from: "plus", to: "copy out" },
    { from: "copy out", to: "h1" },
    { from: "copy out", to: "out" },
  ],
  focus: [
    {
      name: "gates",
      title: "reset and update gates",
      equations: ["rₜ = σ(xₜ W_xr + hₜ₋₁ W_hr + b_r)", "zₜ = σ(xₜ W_xz + hₜ₋₁ W_hz + b_z)"],
      parts: ["h0", "x", "copy h", "copy x", "concat", "copy r", "r", "z"],
    },
    {
      name: "candidate",
      title: "candidate",
      equations: ["h̃ₜ = tanh(xₜ W_xh + (rₜ ⊙ hₜ₋₁) W_hh + b_h)"],
      parts: ["h0", "x", "copy h", "copy x", "tap", "r", "reset", "join", "H"],
    },
    {
      name: "output",
      title: "hidden state",
      equations: ["hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ h̃ₜ"],
      parts: [
        "h0",
        "copy h",
        "tap",
        "z",
        "copy z",
        "keep",
        "one",
        "H",
        "write",
        "plus",
        "copy out",
        "h1",
        "out",
      ],
    },
  ],
};

export const cells = { rnn, lstm: { ...lstm, stages }, gru } as const;
