/**
 * Binary numbers of any length, and their remainder by 3 from the state at the end (row D19).
 *
 * Many to one: a sequence goes in, one answer comes out at its end. A network reads a binary number digit by digit and
 * says its remainder by 3, so it has to become a machine of three states. Sequences of a batch have lengths of their
 * own: the answer is read off the state at the true end of each, and what stands in the padding does not matter.
 */
import assert from "node:assert/strict";
import { argmax, array, compile, input, type NDArray } from "@org/core";
import { crossEntropy, Embedding, GRU, init, Linear, parameters } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

const [time, batch] = [12, 64];
const model = {
  embedding: new Embedding({ count: 2, size: 4, seed: 1 }),
  gru: new GRU({ inputSize: 4, hiddenSize: 24, update: "keep", reset: "after", seed: 2 }),
  head: new Linear({ inputSize: 24, outputSize: 3, seed: 3 }),
};

const ids = input("ids", [time, batch], "i32");
const lengths = input("lengths", [batch], "i32");
const remainders = input("remainders", [batch], "i32");
const { state } = model.gru.apply(model.embedding.apply(ids), { lengths });
const logits = model.head.apply(state[0]!.h); // the state after the last digit, not after the padding
const loss = crossEntropy(logits, remainders);

const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 })));
const step = compile({ inputs: { ids, lengths, remainders }, outputs: { loss }, updates });
const answer = compile({ inputs: { ids, lengths }, outputs: { classes: argmax(logits, { axis: -1 }) } });

/** Numbers in columns, the highest digit first, each with its length; `padding` is what stands below them. */
function batchOf(numbers: readonly number[], padding = 0): { ids: NDArray; lengths: number[] } {
  const texts = numbers.map((number) => number.toString(2));
  const digits = Int32Array.from({ length: time * batch }, (_, i) =>
    Number(texts[i % batch]?.[Math.floor(i / batch)] ?? padding),
  );
  return { ids: array(digits, { shape: [time, batch] }), lengths: texts.map((text) => text.length) };
}

/** Every seventh number is kept for the test. */
const unseen = (number: number): boolean => number % 7 === 5;

/** Numbers of 1 to `time` digits, each length with the same probability. */
function draw(seed: number, wanted: (number: number) => boolean): number[] {
  const uniform = init.uniform([20 * batch, 2], { seed, low: 0, high: 1, dtype: "f64" }).toNested();
  const numbers = (uniform as [number, number][]).map(([u, v]) =>
    Math.floor((1 + v) * 2 ** Math.floor(u * time)),
  );
  return numbers.filter(wanted).slice(0, batch);
}

for (let i = 0; i <= 300; i++) {
  const numbers = draw(i, (number) => !unseen(number));
  const { loss } = step({ ...batchOf(numbers), remainders: numbers.map((number) => number % 3) });
  if (i % 50 === 0) console.log(`step ${String(i).padStart(3)}: loss ${loss.item().toFixed(4)}`);
}

const test = draw(5000, unseen);
const classes = [...answer(batchOf(test)).classes.data];
const right = test.filter((number, i) => classes[i] === number % 3).length;
console.log(`\n${right} of ${batch} numbers that it has never seen are right, among them`);
for (const i of [0, 1, 2]) {
  console.log(`  ${test[i]?.toString(2).padStart(time)} = ${test[i]} leaves ${classes[i]}`);
}

/** The share of right answers at numbers of so many digits, by the same weights. */
function rightAt(digits: number): number {
  const ids = input("ids", [digits, batch], "i32");
  const { state } = model.gru.apply(model.embedding.apply(ids));
  const read = compile({
    inputs: { ids },
    outputs: { classes: argmax(model.head.apply(state[0]!.h), { axis: -1 }) },
  });
  const columns = Int32Array.from(
    init.uniform([digits * batch], { seed: 9000, low: 0, high: 2 }).data,
    Math.floor,
  );
  columns.fill(1, 0, batch);
  const { classes } = read({ ids: array(columns, { shape: [digits, batch] }) });
  const remainder = (b: number): number =>
    Array.from({ length: digits }, (_, t) => columns[t * batch + b]!).reduce(
      (r, digit) => (2 * r + digit) % 3,
      0,
    );
  return Array.from(classes.data).filter((each, b) => each === remainder(b)).length / batch;
}
const percent = (share: number): number => Number((100 * share).toFixed(1));
const lengthsTried = [1, 2, 12, 20, 50, 100, 1000].map(
  (digits) => [digits, percent(rightAt(digits))] as const,
);
console.log("\nthe same weights at other lengths; in training there were up to 12 digits");
console.log(table(["digits", "right, %"], lengthsTried));
assert(right >= 0.95 * batch, `only ${right} of ${batch} are right`);
assert.deepEqual([...answer(batchOf(test, 1)).classes.data], classes, "what stands in the padding matters");
saveResults("many-to-one", {
  seeds: 1,
  results: [
    {
      metric: "remainders of numbers never seen right, %",
      value: percent(right / batch),
      baseline: "33.3, a guess",
    },
  ],
});
