import { array } from "@org/core";
import {
  accuracy,
  auc,
  batches,
  bucket,
  confusion,
  editDistance,
  errorRate,
  f1,
  pad,
  perplexity,
  WordVocabulary,
  windows,
} from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("windows", () => {
  test("show a stretch of the series and what comes after it, features and all", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.nat(3),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(12),
        (steps, ahead, stride, more) => {
          const time = steps + ahead + more;
          const series = Array.from({ length: time }, (_, t) => [t, -t]);
          const { inputs, targets } = windows(series, { steps, ahead, stride });
          const starts = series.flatMap((_, t) => (t % stride === 0 && t + steps + ahead <= time ? [t] : []));
          expect(inputs.toNested()).toEqual(starts.map((t) => series.slice(t, t + steps)));
          expect(targets.shape).toEqual([starts.length, ahead, 2]);
          const after = starts.map((t) => series.slice(t + steps, t + steps + ahead));
          expect([...targets.data]).toEqual(after.flat(2));
        },
      ),
    );
  });
  test("keep the dtype", () => {
    const { inputs } = windows(array(new Float64Array([0.1, 0.2]), { shape: [2] }), { steps: 1 });
    expect(inputs).toMatchObject({ dtype: "f64", shape: [1, 1] });
    expect(inputs.data[0]).toBe(0.1);
  });
  test("what they refuse", () => {
    expect(() => windows([1, 2, 3], { steps: 3 })).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: windows: a series of 3 steps is too short for one window
        rule: steps + ahead is 3 + 1]
    `);
    expect(() => windows([1, 2, 3], { steps: 0 })).toThrow(
      "windows: steps is a whole number from 1, received 0",
    );
    expect(() => windows([1, 2, 3], { steps: 1, ahead: -1 })).toThrow("ahead is a whole number from 0");
    expect(() => windows([1, 2, 3], { steps: 1, stride: 0.5 })).toThrow("stride is a whole number from 1");
  });
});

describe("pad, bucket, batches", () => {
  const ragged = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }), {
    minLength: 1,
    maxLength: 6,
  });

  test("padded sequences are whole, in both layouts", () => {
    fc.assert(
      fc.property(ragged, fc.nat(3), (sequences, more) => {
        const length = Math.max(...sequences.map((each) => each.length)) + more;
        const rows = sequences.map((each) => [...each, ...new Array<number>(length - each.length).fill(-1)]);
        const batchMajor = pad(sequences, { length, value: -1, layout: "batch-major" });
        expect(batchMajor.values).toMatchObject({ dtype: "i32", shape: [sequences.length, length] });
        expect([...batchMajor.values.data]).toEqual(rows.flat());
        const timeMajor = pad(sequences, { length, value: -1 });
        const columns = Array.from({ length }, (_, t) => rows.map((row) => row[t]!));
        expect([...timeMajor.values.data]).toEqual(columns.flat());
        expect([...timeMajor.lengths.data]).toEqual(sequences.map((each) => each.length));
      }),
    );
    expect(pad([[0.5]], { dtype: "f32" }).values.toNested()).toEqual([[0.5]]);
    expect(() => pad([[1, 2, 3]], { length: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: pad: length is a whole number from 3, that of the longest sequence, received 2]`,
    );
  });

  test("a bucket holds what fits in it and in no smaller one", () => {
    fc.assert(
      fc.property(ragged, fc.uniqueArray(fc.nat(6), { minLength: 1 }), (sequences, some) => {
        const bounds = [...new Set([...some, 6])].sort((a, b) => a - b);
        const buckets = bucket(sequences, bounds);
        const members = buckets.flatMap((each) => each.members);
        expect(members.sort()).toEqual(sequences.map((_, i) => i));
        for (const { length, members } of buckets) {
          const below = bounds[bounds.indexOf(length) - 1] ?? -1;
          for (const i of members) {
            expect(sequences[i]!.length).toBeLessThanOrEqual(length);
            expect(sequences[i]!.length).toBeGreaterThan(below);
          }
        }
      }),
    );
    expect(() => bucket([[1, 2, 3]], [2])).toThrow("bucket: sequence 0 has 3 steps, the last bound is 2");
    expect(() => bucket([[1]], [2, 2])).toThrow("bounds are whole numbers from 0 that ascend, received 2, 2");
    expect(() => bucket([[1]], [])).toThrow("received none");
  });

  test("every pass has every item once, in an order of its own that can be had again", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    const passes = [0, 1, 2].map((pass) => batches(items, { batch: 8, seed: 3, pass, last: "keep" }));
    for (const pass of passes) {
      expect(pass.map((each) => each.length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
      expect(pass.flat().sort((a, b) => a - b)).toEqual(items);
      expect(pass.flat()).not.toEqual(items);
    }
    expect(passes[0]).not.toEqual(passes[1]);
    expect(batches(items, { batch: 8, seed: 3, pass: 2, last: "keep" })).toEqual(passes[2]);
    expect(batches(items, { batch: 8, seed: 3, pass: 2 })).toEqual(passes[2]!.slice(0, 6));
    expect(() => batches([1], { batch: 2 })).toThrow("batches: 1 items make no batch of 2");
    expect(() => batches([1], { batch: 0 })).toThrow("batch is a whole number from 1, received 0");
  });
});

describe("WordVocabulary", () => {
  test("words by how often they are, then by their letters; the rest is unknown", () => {
    const text = "Call me Ishmael. Don't call me mast-head; call me!";
    expect(WordVocabulary.split(text)).toEqual([
      "Call",
      "me",
      "Ishmael",
      ".",
      "Don't",
      "call",
      "me",
      "mast-head",
      ";",
      "call",
      "me",
      "!",
    ]);
    const vocabulary = WordVocabulary.of(text, { least: 2 });
    expect(vocabulary.words).toEqual(["<unk>", "me", "call"]);
    expect(WordVocabulary.of(text, { size: 2 }).words).toEqual(["<unk>", "me"]);
    expect([...vocabulary.encode("call them")]).toEqual([2, 0]);
    expect(WordVocabulary.split("Ähre 東京, 3,000 — naïve")).toEqual([
      "Ähre",
      "東京",
      ",",
      "3",
      ",",
      "000",
      "—",
      "naïve",
    ]);
  });
  test("what was encoded decodes to the same words, and comes back from JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const vocabulary = WordVocabulary.of(text);
        const ids = vocabulary.encode(text);
        expect(WordVocabulary.split(vocabulary.decode(ids)).join(" ")).toBe(
          WordVocabulary.split(text).join(" "),
        );
        expect(WordVocabulary.from(JSON.parse(JSON.stringify(vocabulary))).words).toEqual(vocabulary.words);
      }),
    );
  });
  test("what it refuses", () => {
    expect(() => new WordVocabulary(["a"])).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: WordVocabulary: "text"
        expected: "<unk>" first
        received: the text "a"]
    `);
    expect(() => new WordVocabulary(["<unk>", "a", "a"])).toThrow('"a" twice');
    expect(() => WordVocabulary.of("a b").decode([3])).toThrow("ids from 0 to 2");
    expect(() => WordVocabulary.from("a")).toThrow("a list of words");
  });
});

describe("classification", () => {
  // The examples in scikit-learn's documentation of confusion_matrix and f1_score.
  test("confusion matrix", () => {
    expect(confusion([0, 0, 2, 2, 0, 2], [2, 0, 2, 2, 0, 1], 3).toNested()).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
  });
  test("F1 of each class, their mean, and accuracy", () => {
    const [predicted, labels] = [
      [0, 2, 1, 0, 0, 1],
      [0, 1, 2, 0, 1, 2],
    ];
    const { classes, macro, weighted } = f1(confusion(predicted!, labels!, 3));
    expect(classes.map((each) => each.f1)).toEqual([0.8, 0, 0]);
    expect(classes[0]).toMatchObject({ precision: 2 / 3, recall: 1, support: 2 });
    expect(macro).toBeCloseTo(0.8 / 3, 12);
    expect(weighted).toBeCloseTo(0.8 / 3, 12);
    expect(accuracy(predicted!, labels!)).toBe(2 / 6);
    expect(
      f1([
        [0, 0],
        [0, 5],
      ]),
    ).toMatchObject({ macro: 0.5, weighted: 1 });
  });
  test("AUC as scikit-learn 1.9 has it", () => {
    const scores = [0.2, 0.7, 0.7, -1, 0.4, 0.2, 0.9, 0.7, 0.1, 0.4];
    expect(auc(scores, [0, 1, 0, 0, 1, 1, 1, 1, 0, 0])).toBeCloseTo(0.8, 12);
    expect(auc([0.5, 0.5, 0.5], [1, 0, 0])).toBe(0.5);
    expect(auc([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY], [0, 0, 1])).toBe(1);
  });
  test("AUC is the part of the pairs in order, and blind to what keeps it", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(1)), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(rows, (drawn) => {
        const [some, others] = [1, 0].map((kind) => drawn.filter(([, label]) => label === kind));
        fc.pre(some!.length > 0 && others!.length > 0);
        const wins = some!.flatMap(([a]) => others!.map(([b]): number => (a > b ? 1 : a === b ? 0.5 : 0)));
        const area = wins.reduce((sum, win) => sum + win, 0) / wins.length;
        const labels = drawn.map(([, label]) => label);
        const measured = (of: (score: number) => number): number =>
          auc(
            drawn.map(([score]) => of(score)),
            labels,
          );
        expect(measured((score) => score)).toBeCloseTo(area, 12);
        expect(measured((score) => Math.exp(score))).toBeCloseTo(area, 12);
        expect(measured((score) => -score)).toBeCloseTo(1 - area, 12);
      }),
    );
  });
  test("perplexity of evenly spread classes is their number", () => {
    expect(perplexity(Math.log(86))).toBeCloseTo(86, 10);
  });
  test("what they refuse", () => {
    expect(() => accuracy([1], [1, 2])).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: accuracy: expected a prediction for each label, received 1 for 2]`,
    );
    expect(() => confusion([3], [1], 3)).toThrow("a class is a whole number from 0 to 2, received 3");
    expect(() => auc([1, 2], [0, 2])).toThrow("auc: a label is 0 or 1, received 2");
    expect(() => auc([1, 2], [1, 1])).toThrow("auc: expected labels of both kinds, all are 1");
    expect(() => auc([1, Number.NaN], [0, 1])).toThrow("auc: a score is a number, received NaN");
    expect(() => auc([1], [0, 1])).toThrow("auc: expected a prediction for each label, received 1 for 2");
    expect(() => f1([[1, 2]])).toThrow("expected counts [classes, classes], received [1, 2]");
  });
});

describe("edits", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 });

  /** By the definition alone: what is first is kept, replaced, left out or put in. */
  function fewest(a: readonly string[], b: readonly string[]): number {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const [[x, ...rest], [y, ...others]] = [a, b];
    if (x === y) return fewest(rest, others);
    return 1 + Math.min(fewest(rest, others), fewest(rest, b), fewest(a, others));
  }

  test("are as few as there can be, the same in both directions", () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(fewest(a, b));
        expect(editDistance(b, a)).toBe(distance);
      }),
    );
    expect(editDistance("intention", "execution")).toBe(5); // Jurafsky & Martin, Speech and Language Processing
    expect(editDistance(new Int32Array([1, 2]), [])).toBe(2);
  });

  test("errorRate divides them by what is true, over all together", () => {
    const said = ["the cat", "a dog ran off"].map((text) => text.split(" "));
    const truth = ["the cat sat", "the dog ran"].map((text) => text.split(" "));
    expect(errorRate(said, truth)).toBeCloseTo((1 + 2) / 6, 12);
    expect(() => errorRate(said, truth.slice(1))).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: errorRate: expected a prediction for each reference, received 2 for 1]`,
    );
    expect(() => errorRate([["a"]], [[]])).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: errorRate: the references are all empty]`,
    );
  });
});
