import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { embedding, gateCount, type Network, vocabulary } from "./workloads.ts";

/** A tensor in a file of 4-byte numbers. */
interface Entry {
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
  /** In bytes. */
  readonly offset: number;
}

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The weights of a model by PyTorch's names and in its layout, and tokens `ids`, `labels` `[batches, time, batch]`. */
export type Data = Readonly<Record<string, Values>>;

/** Uniform in [0, 1): mulberry32, of the public domain. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The shapes of a model's weights, by PyTorch's names. */
export function weightShapes({ cell, hidden, layers = 1 }: Network): Record<string, number[]> {
  const rows = gateCount[cell] * hidden;
  const shapes: Record<string, number[]> = { "embedding.weight": [vocabulary, embedding] };
  for (let layer = 0; layer < layers; layer++) {
    shapes[`rnn.weight_ih_l${layer}`] = [rows, layer === 0 ? embedding : hidden];
    shapes[`rnn.weight_hh_l${layer}`] = [rows, hidden];
    shapes[`rnn.bias_ih_l${layer}`] = [rows];
    shapes[`rnn.bias_hh_l${layer}`] = [rows];
  }
  return { ...shapes, "head.weight": [vocabulary, hidden], "head.bias": [vocabulary] };
}

/**
 * Weights in ±1/√hidden. Of PyTorch's two biases one is enough, but for the candidate of a GRU, whose second one is
 * scaled by the reset gate: the others of `bias_hh` are zero, and nobody trains them.
 */
function weight(name: string, shape: readonly number[], network: Network, random: () => number): Values {
  const scale = 1 / Math.sqrt(network.hidden);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const first = !name.includes("bias_hh") ? 0 : network.cell === "gru" ? 2 * network.hidden : data.length;
  for (let i = first; i < data.length; i++) data[i] = scale * (2 * random() - 1);
  return { shape, data };
}

/** A text of numbers with something to learn: mostly a fixed successor, now and then any other. */
function tokens({ time, batch }: Network, batches: number, random: () => number): Record<string, Values> {
  const shape = [batches, time, batch];
  const [ids, labels] = [new Int32Array(batches * time * batch), new Int32Array(batches * time * batch)];
  const current = Int32Array.from({ length: batch }, () => Math.floor(vocabulary * random()));
  for (let i = 0; i < ids.length; i++) {
    const sequence = i % batch;
    const token = current[sequence]!;
    const next = random() < 0.2 ? Math.floor(vocabulary * random()) : (5 * token + 3) % vocabulary;
    ids[i] = token;
    labels[i] = current[sequence] = next;
  }
  return { ids: { shape, data: ids }, labels: { shape, data: labels } };
}

/** Weights, a direction in their space (`vector.…`), and tokens, the same for the same network. */
function generate(network: Network, batches: number): Data {
  const random = generator(20_250_101);
  const shapes = Object.entries(weightShapes(network));
  const drawn = (prefix: string) =>
    shapes.map(([name, shape]) => [prefix + name, weight(name, shape, network, random)] as const);
  return {
    ...Object.fromEntries(drawn("")),
    ...tokens(network, batches, random),
    ...Object.fromEntries(drawn("vector.")),
  };
}

/** Writes a network's data for every contestant to read. */
export function writeData(folder: string, network: Network, batches = 8): void {
  mkdirSync(folder, { recursive: true });
  const entries: Record<string, Entry> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(generate(network, batches))) {
    entries[name] = { dtype: data instanceof Int32Array ? "i32" : "f32", shape, offset };
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  writeFileSync(join(folder, "data.json"), JSON.stringify(entries));
  writeFileSync(join(folder, "data.bin"), Buffer.concat(parts));
}

export function readData(folder: string): Data {
  const entries = JSON.parse(readFileSync(join(folder, "data.json"), "utf8")) as Record<string, Entry>;
  const { buffer } = new Uint8Array(readFileSync(join(folder, "data.bin")));
  return Object.fromEntries(
    Object.entries(entries).map(([name, { dtype, shape, offset }]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      const data =
        dtype === "i32" ? new Int32Array(buffer, offset, length) : new Float32Array(buffer, offset, length);
      return [name, { shape, data }];
    }),
  );
}
