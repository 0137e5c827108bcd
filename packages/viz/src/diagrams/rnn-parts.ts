import { type CellParts, dot, part } from "./cell-parts.ts";

/** Elman 1990: `hₜ = tanh(xₜ W_xh + hₜ₋₁ W_hh + b_h)`, `yₜ = hₜ W_hq + b_q`. */
export const rnn: CellParts = {
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
