import {
  compile,
  evaluate,
  input,
  type NDArray,
  parameter,
  randomKey,
  splitKey,
  type Tensor,
} from "@org/core";
import { sample, TextBatches, Vocabulary } from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("Vocabulary", () => {
  test("characters are code points in their order, whatever their code units", () => {
    const vocabulary = Vocabulary.of("b🚂a\uFFFD\nb");
    expect(vocabulary.characters).toEqual(["\n", "a", "b", "\uFFFD", "🚂"]);
    expect(vocabulary.size).toBe(5);
    expect(vocabulary.encode("🚂a")).toEqual(Int32Array.of(4, 1));
    expect(vocabulary.decode([4, 1])).toBe("🚂a");
  });

  test("encodes and decodes any text of its characters, and comes back from JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const vocabulary = Vocabulary.of(text);
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
        const restored = Vocabulary.from(JSON.parse(JSON.stringify(vocabulary)));
        expect(restored.characters).toEqual(vocabulary.characters);
      }),
    );
  });

  test("the order of a given list stays", () => {
    expect(new Vocabulary(["z", "a"]).encode("az")).toEqual(Int32Array.of(1, 0));
    expect(Vocabulary.from("za").characters).toEqual(["z", "a"]);
  });

  test("what it refuses", () => {
    const vocabulary = Vocabulary.of("helo");
    expect(() => vocabulary.encode("hell🚂")).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: vocabulary: "text"
        expected: one of 4 characters
        received: "🚂" (U+1F682) at character 4]
    `);
    expect(() => vocabulary.encode("a\u0301")).toThrow('"a" (U+0061) at character 0');
    expect(() => vocabulary.decode([0, 4])).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: vocabulary: "text"
        expected: ids from 0 to 3
        received: 4]
    `);
    expect(() => vocabulary.decode([-1])).toThrow("-1");
    expect(() => vocabulary.decode([0.5])).toThrow("0.5");
    expect(() => new Vocabulary(["a", "b", "a"])).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: vocabulary: "text"
        expected: each character once
        received: "a" (U+0061) twice]
    `);
    expect(() => new Vocabulary(["ab"])).toThrow("one code point each");
    expect(() => new Vocabulary([""])).toThrow("one code point each");
    expect(() => Vocabulary.from(["a"])).toThrow("a string of characters");
  });

  test("of no text is empty", () => {
    expect(Vocabulary.of("").size).toBe(0);
    expect(Vocabulary.of("").encode("")).toEqual(new Int32Array(0));
  });
});

describe("TextBatches", () => {
  const column = (windows: readonly NDArray[], b: number): number[] =>
    windows.flatMap((window) => (window.toNested() as number[][]).map((row) => row[b]!));

  test("columns are streams of the text, labels what comes next", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(60),
        (batch, steps, more) => {
          const ids = Int32Array.from({ length: batch * steps + 1 + more }, (_, i) => i);
          const batches = new TextBatches(ids, { batch, steps });
          const windows = Array.from({ length: batches.windows }, () => batches.next());
          expect(windows.map(({ first }) => first)).toEqual(windows.map((_, i) => i === 0));
          const stride = Math.floor((ids.length - 1) / batch);
          for (let b = 0; b < batch; b++) {
            const stream = column(
              windows.map(({ ids }) => ids),
              b,
            );
            expect(stream).toEqual(Array.from({ length: batches.windows * steps }, (_, i) => b * stride + i));
            expect(
              column(
                windows.map(({ labels }) => labels),
                b,
              ),
            ).toEqual(stream.map((id) => id + 1));
          }
          expect((batches.windows + 1) * steps).toBeGreaterThan(stride);
          expect(batches.next()).toEqual(windows[0]);
        },
      ),
    );
  });

  test("goes on from a saved position, over the end of the text too", () => {
    const ids = Array.from({ length: 50 }, (_, i) => i % 7);
    const options = { batch: 3, steps: 4 };
    const through = new TextBatches(ids, options);
    const all = Array.from({ length: 11 }, () => through.next());
    for (let taken = 0; taken < 11; taken++) {
      const before = new TextBatches(ids, options);
      for (let i = 0; i < taken; i++) before.next();
      const after = new TextBatches(ids, { ...options, position: before.position });
      expect(after.next()).toEqual(all[taken]);
    }
  });

  test("iterates without end; a position taken inside the loop is after the window", () => {
    const batches = new TextBatches([0, 1, 2, 3, 4], { batch: 1, steps: 2 });
    const seen: number[] = [];
    for (const { first } of batches) {
      if (first) seen.push(batches.position);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([1, 3, 5]);
  });

  test("windows are i32 [steps, batch]", () => {
    const { ids, labels } = new TextBatches([0, 1, 2, 3, 4], { batch: 2, steps: 1 }).next();
    expect(ids).toMatchObject({ dtype: "i32", shape: [1, 2] });
    expect(labels).toMatchObject({ dtype: "i32", shape: [1, 2] });
  });

  test("what it refuses", () => {
    const make = (length: number, options: { batch: number; steps: number; position?: number }) => () =>
      new TextBatches(new Int32Array(length), options);
    expect(make(6, { batch: 2, steps: 3 })).toThrowErrorMatchingInlineSnapshot(`
      [GraphError: TextBatches: 6 ids are too few for 2 streams of 3 steps
        rule: one window takes batch · steps + 1 ids]
    `);
    expect(make(7, { batch: 2, steps: 3 })).not.toThrow();
    expect(make(0, { batch: 1, steps: 1 })).toThrow("0 ids are too few");
    expect(make(9, { batch: 0, steps: 1 })).toThrow("batch is a whole number from 1, received 0");
    expect(make(9, { batch: 1, steps: 1.5 })).toThrow("steps is a whole number from 1, received 1.5");
    expect(make(9, { batch: 1, steps: 1, position: -1 })).toThrow("position is a whole number from 0");
  });
});

describe("sample", () => {
  /** How often each token is drawn. */
  const frequencies = (
    logits: readonly number[],
    options: Parameters<typeof sample>[2],
    count = 4000,
  ): number[] => {
    const rows = Array.from({ length: count }, () => logits);
    const drawn = evaluate(sample(randomKey(5), rows, options)).data;
    return logits.map((_, token) => drawn.filter((each) => each === token).length / count);
  };
  const softmax = (logits: readonly number[]): number[] => {
    const e = logits.map(Math.exp);
    return e.map((x) => x / e.reduce((a, b) => a + b, 0));
  };
  const near = (actual: readonly number[], expected: readonly number[]): void =>
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(0.03);
    });
  const logits = [0.5, 2, -1, 1];

  test("draws from the softmax", () => near(frequencies(logits, {}), softmax(logits)));
  test("temperature sharpens or flattens it", () => {
    near(frequencies(logits, { temperature: 0.5 }), softmax(logits.map((x) => x / 0.5)));
    near(frequencies(logits, { temperature: 10 }), softmax(logits.map((x) => x / 10)));
  });
  test("temperature 0 takes the likeliest", () => {
    expect(frequencies(logits, { temperature: 0 })).toEqual([0, 1, 0, 0]);
  });
  test("top k draws from the k likeliest alone", () => {
    const [, a, , b] = softmax([-Infinity, 2, -Infinity, 1]);
    near(frequencies(logits, { topK: 2 }), [0, a!, 0, b!]);
    expect(frequencies(logits, { topK: 1 })).toEqual([0, 1, 0, 0]);
    near(frequencies(logits, { topK: 99 }), softmax(logits));
  });
  test("top k of equal logits keeps exactly k", () => {
    const kept = frequencies([1, 1, 1, 1], { topK: 2 });
    near(kept, [0.5, 0.5, 0, 0]);
    expect([kept[2], kept[3]]).toEqual([0, 0]);
  });
  test("tokens of probability 0 are never drawn", () => {
    expect(frequencies([-Infinity, 0, -Infinity], {}, 20_000)).toEqual([0, 1, 0]);
  });

  test("the same key, the same token; a key that moves on draws anew", () => {
    const key = parameter("key", evaluate(randomKey(3)), "i32");
    const scores = input("scores", [8]);
    const [next, draw] = splitKey(key) as [Tensor, Tensor];
    const step = compile({ inputs: { scores }, outputs: sample(draw, scores), updates: [[key, next]] });
    const run = (): number[] => {
      key.value = evaluate(randomKey(3));
      return Array.from({ length: 20 }, () => step({ scores: new Float32Array(8) }).item());
    };
    const first = run();
    expect(run()).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(3);
  });

  test("a temperature that is fed", () => {
    const temperature = input("temperature", []);
    const token = sample(randomKey(1), logits, { temperature });
    expect(evaluate(token, { temperature: 1e-4 }).item()).toBe(1);
  });

  /** Of a column of temperatures, one for each draw. */
  const fed = (logits: readonly number[], temperatures: readonly number[], topK?: number): number[] => {
    const temperature = input("temperature", [temperatures.length, 1]);
    const rows = temperatures.map(() => logits);
    const tokens = sample(randomKey(5), rows, { temperature, ...(topK && { topK }) });
    return [...evaluate(tokens, { temperature: temperatures.map((each) => [each]) }).data];
  };

  test.each([0, 1e-45, 1e-39, 1e-30])("a tensor temperature of %s takes the likeliest", (temperature) => {
    const cold = new Array<number>(50).fill(temperature);
    for (const [scores, likeliest] of [
      [[0.5, 2, -1, 1], 1],
      [[-5, -3, -1, -9], 2],
      [[-Infinity, -7, 3e38, -3e38], 2],
    ] as const) {
      expect(new Set(fed(scores, cold))).toEqual(new Set([likeliest]));
      expect(new Set(fed(scores, cold, 2))).toEqual(new Set([likeliest]));
      if (temperature > 0)
        expect(evaluate(sample(randomKey(1), scores, { temperature })).item()).toBe(likeliest);
    }
  });
  test("rows with temperatures of their own; 0 takes the earlier of equal logits, as the number does", () => {
    const drawn = fed([1, 3, 3, 0], [...new Array<number>(40).fill(0), ...new Array<number>(40).fill(1e-20)]);
    expect(new Set(drawn.slice(0, 40))).toEqual(new Set([1]));
    expect(new Set(drawn.slice(40))).toEqual(new Set([1, 2]));
  });
  test("a temperature of ∞ draws any token that can be", () => {
    near(frequencies([9, 0, 5, -Infinity], { temperature: Infinity }), [1 / 3, 1 / 3, 1 / 3, 0]);
    near(frequencies([9, 0, 5, -Infinity], { temperature: Infinity, topK: 2 }), [0.5, 0, 0.5, 0]);
    const drawn = fed([9, 0, 5, -Infinity], new Array<number>(2000).fill(Infinity), 2);
    near(
      [0, 1, 2, 3].map((token) => drawn.filter((each) => each === token).length / 2000),
      [0.5, 0, 0.5, 0],
    );
  });
  test("a logit of ∞ is certain at every temperature", () => {
    for (const temperature of [0, 0.5, 1, 40])
      expect(frequencies([1, Infinity, 2], { temperature }, 50)).toEqual([0, 1, 0]);
  });

  test("what it refuses", () => {
    expect(() =>
      sample(randomKey(1), logits, { temperature: input("temperature", [4]) }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: sample: a temperature is the same for all classes
        temperature: [4]  f32  "temperature"
        rule: logits [...s, classes], temperature [] or [...s, 1]]
    `);
    expect(() => sample(randomKey(1), logits, { temperature: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: sample: temperature is a number from 0, received -1]`,
    );
    expect(() => sample(randomKey(1), logits, { topK: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: sample: topK is a whole number from 1, received 0]`,
    );
  });
});
