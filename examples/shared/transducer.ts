/** An encoder and a decoder with attention, for any pairs of sequences: spelling → sound, name → name in another language. */
import { compile, concat, createRuntime, evaluate, input, type Tensor, transpose } from "@org/core";
import {
  batches,
  crossEntropy,
  Dropout,
  dotAttention,
  Embedding,
  GRU,
  GRUCell,
  generate,
  Linear,
  pad,
  parameters,
  randomState,
  recurrent,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, train, warmupCosine } from "@org/optim";
import { progressBar } from "@org/optim/node";

/** A sequence of ids and what it becomes. */
export interface Pair {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export interface TransducerOptions {
  /** How many ids there are on either side. */
  readonly fromKinds: number;
  readonly toKinds: number;
  /** The longest sequences. */
  readonly fromLength: number;
  readonly toLength: number;
  /** Of embeddings and states. */
  readonly size: number;
  readonly dropout: number;
  readonly batch: number;
  readonly seed: number;
  readonly threads?: number;
}

export type Transducer = ReturnType<typeof createTransducer>;

/**
 * A bidirectional GRU reads; a GRU writes, and looks at what was read by attention: what it says next depends on its state
 * and on the mean of what it looks at. One id more than `toKinds` stands for the beginning and the end of what is written.
 * Source: Bahdanau, Cho & Bengio 2015, with the scalar product of Luong, Pham & Manning 2015.
 */
export function createTransducer(options: TransducerOptions) {
  const { fromKinds, toKinds, fromLength, toLength, size, batch, seed } = options;
  const END = toKinds;
  const runtime = createRuntime({ threads: options.threads ?? 1 });
  const gru = { update: "keep", reset: "after" } as const;
  const model = {
    read: new Embedding({ count: fromKinds, size, seed: seed + 1 }),
    encoder: new GRU({ inputSize: size, hiddenSize: size, bidirectional: true, ...gru, seed: seed + 2 }),
    keys: new Linear({ inputSize: 2 * size, outputSize: size, seed: seed + 3 }),
    write: new Embedding({ count: toKinds + 1, size, seed: seed + 4 }),
    decoder: new GRUCell({ inputSize: size, hiddenSize: size, ...gru, seed: seed + 5 }),
    head: new Linear({ inputSize: 2 * size, outputSize: toKinds + 1, seed: seed + 6 }),
  };
  const dropout = new Dropout({ rate: options.dropout });
  const random = randomState(seed + 7);
  type How = { training: boolean; key?: typeof random };

  const source = input("source", [fromLength, batch], "i32");
  const lengths = input("lengths", [batch], "i32");
  /** What was read `[time, batch, size]`, and the state that the decoder starts with. */
  function read(how: How): { keys: Tensor; h: Tensor } {
    const { outputs, state } = model.encoder.apply(dropout.apply(model.read.apply(source), how), { lengths });
    return { keys: model.keys.apply(outputs), h: state[1]!.h }; // the backward state ends at the first symbol
  }
  function speak(h: Tensor, keys: Tensor, lengths: Tensor, how: How): { logits: Tensor; weights: Tensor } {
    const { context, weights } = dotAttention(h, keys, { lengths });
    return { logits: model.head.apply(dropout.apply(concat([h, context], { axis: -1 }), how)), weights };
  }

  // In training the decoder hears what is right.
  const heard = input("heard", [toLength + 1, batch], "i32");
  const wanted = input("wanted", [toLength + 1, batch], "i32");
  function told(how: How): { logits: Tensor; weights: Tensor } {
    const { keys, h } = read(how);
    const words = dropout.apply(model.write.apply(heard), how);
    const { outputs } = recurrent(model.decoder, words, { initialState: { h } });
    return speak(outputs, keys, lengths, how);
  }

  const feed = (pairs: readonly Pair[]) => {
    const { values: source, lengths } = pad(
      pairs.map(({ from }) => from),
      { length: fromLength },
    );
    const length = toLength + 1;
    const before = pad(
      pairs.map(({ to }) => [END, ...to]),
      { length, value: END },
    );
    const after = pad(
      pairs.map(({ to }) => [...to, END]),
      { length, value: -100 },
    ); // labels that count for nothing
    return { source, lengths, heard: before.values, wanted: after.values };
  };

  return {
    /** Trains for so many passes; says the loss as it goes. */
    async learn(
      pairs: readonly Pair[],
      { epochs, learningRate }: { epochs: number; learningRate: number },
    ): Promise<void> {
      const steps = epochs * Math.floor(pairs.length / batch);
      const loss = crossEntropy(told({ training: true, key: random }).logits, wanted);
      const rate = warmupCosine(learningRate, { warmup: Math.ceil(steps / 20), steps: steps + 1 });
      const optimizer = chain(clipByGlobalNorm(1), adam({ learningRate: rate }));
      const step = compile({
        inputs: { source, lengths, heard, wanted },
        outputs: { loss },
        updates: [...minimize(loss, parameters(model), optimizer), ...random.updates],
        runtime,
      });
      await train({
        data: ({ epoch }) => batches(pairs, { batch, seed, pass: epoch }).map(feed),
        step,
        steps,
        callbacks: [progressBar({ describe: ({ metrics }) => `loss ${metrics.loss?.toFixed(3)}` })],
      });
      step.dispose();
    },

    /** What it writes for each sequence: always the likeliest, or the likeliest as a whole of so many side by side. */
    say(sequences: readonly Int32Array[], beams?: number): Int32Array[] {
      const how = { training: false };
      const { keys, h } = read(how);
      const write = generate({
        // Rows are texts, and beams of texts; what was read goes along with them.
        initialState: { h, keys: transpose(keys, [1, 0, 2]), lengths },
        step(ids, { h, keys, lengths }) {
          const next = model.decoder.step(model.write.apply(ids), { h });
          const { logits } = speak(next.h, transpose(keys, [1, 0, 2]), lengths, how);
          return { logits, state: { h: next.h, keys, lengths } };
        },
        inputs: { source, lengths },
        stop: END,
        ...(beams === undefined ? { temperature: 0 } : { beams }),
        runtime,
      });
      const said = batches(sequences, { batch, last: "keep" }).flatMap((some) => {
        const full = Array.from({ length: batch }, (_, i) => some[i] ?? some[0]!);
        const { values: source, lengths } = pad(full, { length: fromLength });
        const prompts = full.map(() => [END]);
        return write(prompts, { length: toLength + 1, inputs: { source, lengths } }).slice(0, some.length);
      });
      write.dispose();
      return said;
    },

    /** Where it looks while it writes: `[written, read]`. */
    looks(pair: Pair): number[][] {
      const { weights } = told({ training: false });
      const { source: from, lengths: ends, heard: before } = feed(Array.from({ length: batch }, () => pair));
      const rows = evaluate(weights, {
        source: from,
        lengths: ends,
        heard: before,
      }).toNested() as number[][][];
      return rows.slice(0, pair.to.length).map(([first]) => first!.slice(0, pair.from.length));
    },
  };
}
