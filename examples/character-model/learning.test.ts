import { Vocabulary } from "@org/nn";
import { expect, test } from "vitest";
import { cells, parseOptions } from "./options.ts";
import type { Corpus } from "./text.ts";
import { Training } from "./training.ts";

/** A corpus of one word, which is also what it is judged on. */
function wordCorpus(word: string): Corpus {
  const vocabulary = Vocabulary.of(word);
  const ids = vocabulary.encode(word);
  return { name: word, vocabulary, training: ids, validation: ids, digest: "" };
}

test.each(cells)("a %s learns to spell hello", (cell) => {
  const settings = parseOptions([
    "--cell",
    cell,
    "--hidden",
    "8",
    "--batch",
    "1",
    "--window",
    "4",
    "--steps",
    "300",
  ]);
  const corpus = wordCorpus("hello");
  const training = new Training({ ...settings, learningRate: 0.05 }, corpus, 0);
  for (const window of training.windows(0)) {
    training.advance(window);
    if (training.step === 300) break;
  }
  expect(training.validate()).toBeLessThan(0.01);
  expect(training.sampler(corpus.vocabulary.encode("h"), 4)).toBe("ello");
});
