/**
 * An encoder and a decoder with attention turn words around, and find out by themselves where to look.
 *
 * Many to many: a sequence goes in, another comes out. An encoder reads letters in both directions, a decoder writes
 * them in reverse and looks back by attention: what the encoder made of each letter is weighed by how well it goes with
 * what the decoder is about to say. Lengths differ; nobody tells the network where to look, and it finds out.
 */
import assert from "node:assert/strict";
import { argmax, array, compile, concat, input, type NDArray, scan, type Tensor } from "@org/core";
import {
  crossEntropy,
  dotAttention,
  Embedding,
  GRU,
  GRUCell,
  init,
  Linear,
  parameters,
  recurrent,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { saveResults } from "../shared/result.ts";

const letters = "abcdefgh";
const [longest, batch, hidden] = [8, 64, 32];
const END = letters.length; // the decoder's first input and its last word

const gru = { update: "keep", reset: "after" } as const;
const model = {
  read: new Embedding({ count: END + 1, size: 16, seed: 1 }),
  encoder: new GRU({ inputSize: 16, hiddenSize: hidden, bidirectional: true, ...gru, seed: 2 }),
  keys: new Linear({ inputSize: 2 * hidden, outputSize: hidden, seed: 3 }),
  write: new Embedding({ count: END + 1, size: 16, seed: 4 }),
  decoder: new GRUCell({ inputSize: 16, hiddenSize: hidden, ...gru, seed: 5 }),
  head: new Linear({ inputSize: 2 * hidden, outputSize: END + 1, seed: 6 }),
};

const source = input("source", [longest, batch], "i32");
const lengths = input("lengths", [batch], "i32");
const { outputs: read, state } = model.encoder.apply(model.read.apply(source), { lengths });
const keys = model.keys.apply(read);
const backward = state[1]!; // it ends at the first letter and starts the decoder

/** Logits of the next letter and where the decoder looks, from its states `[batch, hidden]` or `[time, batch, hidden]`. */
function speak(h: Tensor): { logits: Tensor; weights: Tensor } {
  const { context, weights } = dotAttention(h, keys, { lengths });
  return { logits: model.head.apply(concat([h, context], { axis: -1 })), weights };
}

// In training the decoder hears the right letters, all attention is one product.
const heard = input("heard", [longest + 1, batch], "i32");
const wanted = input("wanted", [longest + 1, batch], "i32");
const { outputs: states } = recurrent(model.decoder, model.write.apply(heard), { initialState: backward });
const loss = crossEntropy(speak(states).logits, wanted);
const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: 0.005 })));
const step = compile({ inputs: { source, lengths, heard, wanted }, outputs: { loss }, updates });

// Afterwards it hears itself.
const { ys } = scan(
  ({ h, id }: { h: Tensor; id: Tensor }) => {
    const state = model.decoder.step(model.write.apply(id), { h });
    const { logits, weights } = speak(state.h);
    const said = argmax(logits, { axis: -1 });
    return { carry: { h: state.h, id: said }, y: { said, weights } };
  },
  { init: { h: backward.h, id: array(new Int32Array(batch).fill(END)) }, length: longest + 1 },
);
const reverse = compile({ inputs: { source, lengths }, outputs: ys });

/** Words of 1 to `longest` letters. */
function words(seed: number): string[] {
  const uniform = init.uniform([batch, longest + 1], { seed, low: 0, high: 1, dtype: "f64" }).toNested();
  return (uniform as number[][]).map(([u = 0, ...rest]) =>
    rest
      .slice(0, 1 + Math.floor(u * longest))
      .map((v) => letters[Math.floor(v * letters.length)])
      .join(""),
  );
}

/** Ids in columns; `fill` is what stands below the end, -100 for labels that count for nothing. */
const columns = (texts: readonly string[], time: number, fill: number, shift = 0): NDArray => {
  const id = (letter: string | undefined): number => (letter === "." ? END : letters.indexOf(letter!));
  return array(
    Int32Array.from({ length: time * batch }, (_, i) => {
      const letter = texts[i % batch]![Math.floor(i / batch) - shift];
      return letter === undefined ? fill : id(letter);
    }),
    { shape: [time, batch] },
  );
};
const sourceOf = (texts: readonly string[]) => ({
  source: columns(texts, longest, END),
  lengths: texts.map((text) => text.length),
});
const reversed = (text: string): string => [...text].reverse().join("");

for (let i = 0; i <= 600; i++) {
  const texts = words(i);
  const answers = texts.map((text) => `${reversed(text)}.`);
  const feeds = {
    ...sourceOf(texts),
    heard: columns(answers, longest + 1, END, 1),
    wanted: columns(answers, longest + 1, -100),
  };
  const { loss } = step(feeds);
  if (i % 100 === 0) console.log(`step ${i}: loss ${loss.item().toFixed(4)}`);
}

const test = words(10_000);
const { said, weights } = reverse(sourceOf(test));
const answers = test.map((_, b) => {
  const ids = Array.from({ length: longest + 1 }, (_, t) => said.data[t * batch + b]!);
  return ids
    .slice(0, ids.indexOf(END))
    .map((id) => letters[id])
    .join("");
});
const right = answers.filter((answer, b) => answer === reversed(test[b]!)).length;
console.log(`\n${right} of ${batch} words are reversed`);

/** Where it looks while it writes the letters of a word. */
const looks = (b: number): number[][] =>
  (weights.toNested() as number[][][])
    .slice(0, test[b]!.length)
    .map((row) => row[b]!.slice(0, test[b]!.length));
const shown = test.findIndex(({ length }) => length === 6);
console.log(`\n  ${[...test[shown]!].join(" ")}`);
looks(shown).forEach((row, t) => {
  console.log(`${answers[shown]![t]} ${row.map((weight) => " ░▒▓█"[Math.round(4 * weight)]).join(" ")}`);
});
assert(right >= 0.95 * batch, `only ${right} of ${batch}`);

const mirrored = test.flatMap((_, b) =>
  looks(b).map((row, t) => row.indexOf(Math.max(...row)) === row.length - 1 - t),
);
const share = mirrored.filter(Boolean).length / mirrored.length;
console.log(`\nit looks at the letter that it writes ${(100 * share).toFixed(0)} % of the time`);
assert(share > 0.9, `only ${share}`);
const palindromes = test.filter((text) => text === reversed(text)).length;
saveResults("many-to-many", {
  seeds: 1,
  results: [
    {
      metric: `words reversed, of ${batch}`,
      value: right,
      baseline: `${palindromes}, left as they are`,
    },
  ],
});
