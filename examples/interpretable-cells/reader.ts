/** A network that learns to read a text, and what its memory holds after each character of stretches kept from training. */
import { compile, createRuntime, input, scan, type Tensor, tanh } from "@org/core";
import { LSTMCell, Vocabulary } from "@org/nn";
import { bigrams } from "../shared/counts.ts";
import { embeddedModel, learn } from "../shared/language-model.ts";
import type { Corpus } from "./text-and-features.ts";

/** A character that was kept: the memory after it, and what is true of it. */
export interface Read {
  readonly memory: readonly number[];
  readonly truth: Readonly<Record<string, number>>;
}

/** A stretch of text that was kept. */
export interface Stretch {
  readonly text: string;
  readonly reads: readonly Read[];
}

export interface Sizes {
  readonly units: number;
  readonly batch: number;
  readonly window: number;
  readonly steps: number;
  readonly learningRate: number;
  /** How many stretches are kept from training, their length, and how many characters of them only fill the memory. */
  readonly stretches: number;
  readonly length: number;
  readonly warm: number;
}

/** The memory of each stretch before and after training, and the perplexity on them beside that of counts of pairs. */
export interface Examined {
  readonly before: readonly Stretch[];
  readonly after: readonly Stretch[];
  readonly perplexity: number;
  readonly pairs: number;
}

/** Trains an LSTM on a text but for stretches spread evenly over it, which it reads before and after. */
export async function examine(name: string, { text, features }: Corpus, sizes: Sizes): Promise<Examined> {
  const { units, batch, window, steps, learningRate, stretches, length, warm } = sizes;
  const runtime = createRuntime({ threads: 1 });
  const vocabulary = Vocabulary.of(text);
  const ids = vocabulary.encode(text);
  const starts = Array.from({ length: stretches }, (_, k) =>
    Math.floor(((k + 0.5) / stretches) * (ids.length - length)),
  );
  const isKept = new Uint8Array(ids.length);
  for (const start of starts) isKept.fill(1, start, start + length);
  const training = ids.filter((_, i) => !isKept[i]);

  const cell = new LSTMCell({ inputSize: 24, hiddenSize: units, seed: 1 });
  const model = embeddedModel(cell, { count: vocabulary.size, hiddenSize: units });

  const kept = input("kept", [length, stretches], "i32");
  const { ys } = scan(
    (state: { h: Tensor; c: Tensor }, x: Tensor) => {
      const next = cell.step(x, state);
      return { carry: next, y: tanh(next.c) };
    },
    { init: cell.initialState(stretches), xs: model.embed(kept) },
  );
  const run = compile({ inputs: { kept }, outputs: { ys }, runtime });
  const rows = Int32Array.from(
    { length: length * stretches },
    (_, i) => ids[starts[i % stretches]! + Math.floor(i / stretches)]!,
  );
  function read(): Stretch[] {
    const { data } = run({ kept: rows }).ys;
    return starts.map((start, k) => ({
      text: text.slice(start + warm, start + length),
      reads: Array.from({ length: length - warm }, (_, t) => {
        const at = ((t + warm) * stretches + k) * units;
        const truth = Object.entries(features).map(([feature, all]) => [feature, all[start + warm + t]!]);
        return { memory: Array.from(data.subarray(at, at + units)), truth: Object.fromEntries(truth) };
      }),
    }));
  }

  const before = read();
  const learned = await learn(model, training, { name, batch, window, steps, learningRate, runtime });
  const heldOut = Int32Array.from(starts.flatMap((start) => Array.from(ids.subarray(start, start + length))));
  return {
    before,
    after: read(),
    perplexity: learned.measure(heldOut),
    pairs: bigrams(training, heldOut, vocabulary.size),
  };
}
