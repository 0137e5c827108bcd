/** What a text says without the order of its words. */
import { add, argmax, array, compile, div, type NDArray, square, sum } from "@org/core";
import { crossEntropy, Linear, parameters } from "@org/nn";
import { adam, minimize } from "@org/optim";

type Ids = ArrayLike<number>;

export interface Bags {
  /** The words of each text to learn from, and the text's class. */
  readonly training: readonly Ids[];
  readonly labels: readonly number[];
  /** The words of texts whose class is asked for. */
  readonly held: readonly Ids[];
  readonly words: number;
  readonly classes: number;
}

/** Logistic regression on which words there are, with the usual penalty: `(1/2N) ‖W‖²` (C = 1). The classes of `held`. */
export function bagOfWords({ training, labels, held, words, classes }: Bags): number[] {
  const head = new Linear({ inputSize: words, outputSize: classes, seed: 1 });
  const rowsOf = (texts: readonly Ids[]): NDArray => {
    const rows = new Float32Array(texts.length * words);
    for (const [i, ids] of texts.entries()) for (const id of Array.from(ids)) rows[i * words + id] = 1;
    return array(rows, { shape: [texts.length, words] });
  };
  const penalty = div(sum(square(head.parameters.W)), 2 * training.length);
  const loss = add(crossEntropy(head.apply(rowsOf(training)), array(labels, { dtype: "i32" })), penalty);
  const step = compile({ updates: minimize(loss, parameters(head), adam({ learningRate: 0.02 })) });
  for (let i = 0; i < 200; i++) step();
  const read = compile({ outputs: { said: argmax(head.apply(rowsOf(held)), { axis: -1 }) } });
  return [...read().said.data];
}
