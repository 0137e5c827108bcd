/**
 * A picture of a digit becomes the first state of a decoder that spells its name.
 *
 * One to many: one picture goes in, a sequence comes out. A picture of a digit, 3 by 5 points, becomes the first state
 * of a decoder, which spells its name letter by letter and hears only its own letters: image captioning at its smallest.
 * In training some points are flipped at random, so that a picture with a mistake is still read.
 */
import assert from "node:assert/strict";
import {
  argmax,
  array,
  cast,
  compile,
  constant,
  input,
  math,
  randomBernoulli,
  scan,
  type Tensor,
} from "@org/core";
import {
  crossEntropy,
  Embedding,
  GRUCell,
  Linear,
  parameters,
  randomState,
  recurrent,
  Vocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { saveResults } from "../shared/result.ts";

const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const rows = [
  "### .#. ### ### #.# ### ### ### ### ###",
  "#.# ##. ..# ..# #.# #.. #.. ..# #.# #.#",
  "#.# .#. ### ### ### ### ### ..# ### ###",
  "#.# .#. #.. ..# ..# ..# #.# ..# #.# ..#",
  "### ### ### ### ..# ### ### ..# ### ###",
];
const [digits, points] = [names.length, 15];
const pictures = names.map((_, digit) =>
  [...rows.map((row) => row.split(" ")[digit]).join("")].map((point) => Number(point === "#")),
);

/** Names in columns, each ended by points. Letters are fed beginning with a point, which stands for nothing yet. */
const time = 6;
const vocabulary = Vocabulary.of(`.${names.join("")}`);
const letters = names.map((name) => vocabulary.encode(name.padEnd(time, ".")));
const column = (shift: number): Int32Array =>
  Int32Array.from({ length: time * digits }, (_, i) => {
    const [t, digit] = [Math.floor(i / digits) + shift, i % digits];
    return t < 0 ? vocabulary.encode(".")[0]! : letters[digit]![t]!;
  });
const before = constant(array(column(-1), { shape: [time, digits] }));
const after = constant(array(column(0), { shape: [time, digits] }));

const hidden = 32;
const model = {
  see: new Linear({ inputSize: points, outputSize: hidden, seed: 1 }),
  embedding: new Embedding({ count: vocabulary.size, size: 8, seed: 2 }),
  cell: new GRUCell({ inputSize: 8, hiddenSize: hidden, update: "keep", reset: "after", seed: 3 }),
  say: new Linear({ inputSize: hidden, outputSize: vocabulary.size, seed: 4 }),
};
const firstState = (picture: Tensor) => ({ h: math`tanh(${model.see.apply(picture)})` });

const random = randomState(5);
const flips = cast(randomBernoulli(random.draw(), 0.05, [digits, points]), "f32");
const noisy = math`abs(${constant(pictures)} - ${flips})`;
const { outputs } = recurrent(model.cell, model.embedding.apply(before), { initialState: firstState(noisy) });
const loss = crossEntropy(model.say.apply(outputs), after);
const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 })));
const step = compile({ outputs: { loss }, updates: [...updates, ...random.updates] });

/** The decoder with its own letters: what it says in one step is what it hears in the next. */
const picture = input("picture", [digits, points]);
const { ys } = scan(
  ({ h, id }: { h: Tensor; id: Tensor }) => {
    const state = model.cell.step(model.embedding.apply(id), { h });
    const said = argmax(model.say.apply(state.h), { axis: -1 });
    return { carry: { h: state.h, id: said }, y: said };
  },
  {
    init: { ...firstState(picture), id: array(column(-1).slice(0, digits)) },
    length: time,
  },
);
const speak = compile({ inputs: { picture }, outputs: { ids: ys } });

/** What it says of each picture, up to the first point. */
function said(shown: readonly (readonly number[])[]): string[] {
  const { data } = speak({ picture: shown as number[][] }).ids;
  return shown.map((_, digit) => {
    const ids = Array.from({ length: time }, (_, t) => data[t * digits + digit]!);
    return vocabulary.decode(ids).replace(/\..*/, "");
  });
}

for (let i = 0; i <= 500; i++) {
  const { loss } = step();
  if (i % 100 === 0) console.log(`step ${i}: loss ${loss.item().toFixed(4)}`);
}

console.log(`\n${rows.join("\n").replaceAll(".", " ").replaceAll("#", "█")}`);
console.log(said(pictures).join(" "));
assert.deepEqual(said(pictures), names);

/** With one point of each picture flipped; where that is as near to another digit, it is nobody's mistake. */
const differences = (a: readonly number[], b: readonly number[]): number =>
  a.filter((x, i) => x !== b[i]).length;
const judged = Array.from({ length: points }, (_, at) => {
  const spoilt = pictures.map((picture) => picture.map((point, i) => (i === at ? 1 - point : point)));
  const clear = spoilt.map((each) => pictures.filter((other) => differences(each, other) < 2).length === 1);
  return said(spoilt).flatMap((name, digit) => (clear[digit] ? [name === names[digit]] : []));
}).flat();
const right = judged.filter(Boolean).length;
console.log(`with one point flipped, ${right} of ${judged.length} that are still clear`);
assert(right > 0.9 * judged.length, `only ${right} of ${judged.length}`);
saveResults("one-to-many", {
  seeds: 1,
  results: [
    {
      metric: "names right with one point flipped, %",
      value: Number(((100 * right) / judged.length).toFixed(1)),
      baseline: "10, the same name always",
    },
  ],
});
