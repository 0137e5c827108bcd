/** The character model: Moby-Dick in small letters, window after window. */
import { compile, evaluate, input, type NDArray, type Runtime, type Tensor } from "@org/core";
import { crossEntropy, perplexity, recurrent, TextBatches, Vocabulary } from "@org/nn";
import { readText } from "../shared/moby-dick.ts";
import type { Ends, Model } from "./cells.ts";
import type { Lesson } from "./learning.ts";

const [batch, window] = [32, 32];

// Small letters, digits and signs of ASCII; all that is rare becomes one sign.
const text = readText()
  .toLowerCase()
  .replaceAll(/\s+/g, " ")
  .replaceAll(/[^ -~]/g, "~");
export const vocabulary: Vocabulary = Vocabulary.of(text);
const ids = vocabulary.encode(text);
const cut = Math.floor(ids.length * 0.95);
export const training: Int32Array = ids.subarray(0, cut);
export const held: Int32Array = ids.subarray(cut, cut + 20_000);

export const charactersEnds: Ends = {
  from: { kinds: vocabulary.size },
  hidden: 64,
  outputs: vocabulary.size,
};

/** What a model reads, and the perplexity of what it has not read. */
export function characters(model: Model, runtime: Runtime): Lesson {
  const { cell } = model;
  const zero: Readonly<Record<string, NDArray>> = evaluate(cell.initialState(batch));
  const states = Object.fromEntries(Object.entries(zero).map(([key, { shape }]) => [key, input(key, shape)]));
  const ids = input("ids", [window, batch], "i32");
  const labels = input("labels", [window, batch], "i32");
  const { outputs, state } = recurrent(cell, model.embed(ids), { initialState: states });
  const loss = crossEntropy(model.score(outputs), labels);
  const inputs: Readonly<Record<string, Tensor>> = { ids, labels, ...states };
  const look = compile({ inputs, outputs: { loss, carried: state }, runtime });
  const reader = (text: ArrayLike<number>) => {
    const batches = new TextBatches(text, { batch, steps: window });
    const next = (carried: Readonly<Record<string, NDArray>>) => {
      const { ids, labels, first } = batches.next();
      return { ids, labels, ...(first ? zero : carried) };
    };
    return { windows: batches.windows, next };
  };
  return {
    parts: model.parts,
    inputs,
    loss,
    carried: state,
    begin: () => reader(training).next,
    measure() {
      const { windows, next } = reader(held);
      let [nats, before] = [0, {}];
      for (let i = 0; i < windows; i++) {
        const { loss, carried } = look(next(before));
        before = carried;
        nats += loss.item() / windows;
      }
      return { measured: perplexity(nats) };
    },
  };
}
