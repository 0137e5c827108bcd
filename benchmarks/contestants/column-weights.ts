import type { Data, Values } from "../data.ts";
import type { Network } from "../workloads.ts";

/**
 * A model with weights that are multiplied from the right: `W_x [embedding, gates]`, `W_h [hidden, gates]`,
 * `b [gates]`, `W_y [hidden, vocabulary]`, `b_y [vocabulary]`, `E [vocabulary, embedding]`, and of a GRU
 * `b_n [hidden]`, which stands beside the recurrent product of its candidate.
 */
export type ColumnWeights = Readonly<Record<string, Values>>;

/** The weights, or another point or direction in their space, of which `prefix` names the tensors. */
export function columnWeights(data: Data, { cell, hidden, layers = 1 }: Network, prefix = ""): ColumnWeights {
  if (layers !== 1) throw new Error("peers have one layer");
  const of = (name: string): Values => data[prefix + name]!;
  const weights = {
    E: of("embedding.weight"),
    W_x: transposed(of("rnn.weight_ih_l0")),
    W_h: transposed(of("rnn.weight_hh_l0")),
    b: of("rnn.bias_ih_l0"),
    W_y: transposed(of("head.weight")),
    b_y: of("head.bias"),
  };
  if (cell !== "gru") return weights;
  return {
    ...weights,
    b_n: { shape: [hidden], data: of("rnn.bias_hh_l0").data.slice(2 * hidden) },
  };
}

function transposed({ shape, data }: Values): Values {
  const [rows, columns] = shape as [number, number];
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) result[(i % columns) * rows + Math.floor(i / columns)] = data[i]!;
  return { shape: [columns, rows], data: result };
}

/** A batch of tokens: those of step `index`, flat. */
export function tokensOf(data: Data, name: "ids" | "labels", index: number): Int32Array {
  const { shape, data: values } = data[name]!;
  const [batches, time, batch] = shape as [number, number, number];
  const size = time * batch;
  const place = (index % batches) * size;
  return values.subarray(place, place + size) as Int32Array;
}
