import {
  add,
  compile,
  constant,
  evaluate,
  input,
  logSoftmax,
  matmul,
  mul,
  oneHot,
  parameter,
  randomKey,
  type Tensor,
  take,
  tanh,
  zeros,
} from "@org/core";
import {
  Embedding,
  GRUCell,
  generate,
  init,
  Linear,
  LSTMCell,
  randomState,
  recurrent,
  sample,
} from "@org/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** A small network with weights large enough to have opinions. */
function network(classes: number, seed: number) {
  const cell = new LSTMCell({ inputSize: 3, hiddenSize: 6, seed: seed + 1, dtype: "f64" });
  const embedding = new Embedding({ count: classes, size: 3, seed: seed + 2, dtype: "f64" });
  const head = parameter("head", init.normal([6, classes], { seed: seed + 3, scale: 4, dtype: "f64" }));
  const step = (ids: Tensor, before: ReturnType<typeof cell.initialState>) => {
    const state = cell.step(embedding.apply(ids), before);
    return { logits: matmul(cell.output(state), head), state };
  };
  /** `log p` of every id after each of some ids: the same network over the whole text at once, by the reference. */
  const scores = (ids: readonly number[]): number[][] => {
    const xs = embedding.apply(
      constant(
        ids.map((id) => [id]),
        "i32",
      ),
    );
    const { outputs } = recurrent(cell, xs);
    return (evaluate(logSoftmax(matmul(outputs, head))).toNested() as number[][][]).map(([row]) => row!);
  };
  return { cell, step, scores };
}

const likeliest = (row: readonly number[]): number => row.indexOf(Math.max(...row));

/** Texts of at most `length` ids: those that end with the stop before, and those of full length. */
function texts(classes: number, length: number, stop: number): number[][] {
  if (length === 0) return [[]];
  return Array.from({ length: classes }, (_, id) =>
    id === stop ? [[id]] : texts(classes, length - 1, stop).map((rest) => [id, ...rest]),
  ).flat();
}

describe("generate", () => {
  test("temperature 0: each id is the likeliest after all before it, whatever the chunk and the prompts", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.option(fc.nat(4), { nil: undefined }),
        (seed, prompts, length, chunk, stop) => {
          const { cell, step, scores } = network(5, seed);
          const initialState = cell.initialState(prompts.length);
          const write = generate({
            step,
            initialState,
            temperature: 0,
            chunk,
            ...(stop !== undefined && { stop }),
          });
          const streamed = prompts.map((): number[] => []);
          const onIds = (ids: Int32Array, row: number) => streamed[row]!.push(...ids);
          const written = write(prompts, { length, onIds }).map((ids) => [...ids]);
          const expected = prompts.map((prompt) => {
            const all = [...prompt];
            while (all.length < prompt.length + length) {
              const next = likeliest(scores(all).at(-1)!);
              if (next === stop) break;
              all.push(next);
            }
            return all.slice(prompt.length);
          });
          expect(written).toEqual(expected);
          expect(streamed).toEqual(expected);
          expect(write(prompts, { length }).map((ids) => [...ids])).toEqual(expected); // begins anew
          write.dispose();
        },
      ),
      { numRuns: 4 },
    );
  });

  test("beams as many as there are texts find the likeliest of all, also by length", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0, 0.7, 2),
        fc.integer({ min: 1, max: 5 }),
        (seed, prompt, lengthPenalty, chunk) => {
          const { cell, step, scores } = network(3, seed);
          const [stop, length] = [0, 3];
          const write = generate({
            step,
            initialState: cell.initialState(1),
            beams: 15,
            stop,
            lengthPenalty,
            chunk,
          });
          const all = texts(3, length, stop);
          expect(all).toHaveLength(15);
          const score = (text: readonly number[]): number => {
            const rows = scores([...prompt, ...text]).slice(prompt.length - 1);
            const total = text.reduce((sum, id, t) => sum + rows[t]![id]!, 0);
            return total / ((5 + text.length) / 6) ** lengthPenalty;
          };
          const best = all.reduce((best, text) => (score(text) > score(best) ? text : best));
          expect([...write(prompt, { length })]).toEqual(best.filter((id) => id !== stop));
          write.dispose();
        },
      ),
      { numRuns: 3 },
    );
  });

  test("a beam search is the one of the textbook, in plain loops, for several prompts at once", () => {
    const { cell, step, scores } = network(6, 5);
    const prompts = [[1], [2, 3, 4], [5, 5]];
    const [beams, length, stop] = [3, 6, 0];
    const write = generate({ step, initialState: cell.initialState(3), beams, stop, chunk: 4 });
    const search = (prompt: readonly number[]): number[] => {
      let kept: { ids: number[]; score: number }[] = [{ ids: [], score: 0 }];
      for (let t = 0; t < length; t++) {
        const next = kept.flatMap((beam) => {
          if (beam.ids.at(-1) === stop) return [beam];
          const row = scores([...prompt, ...beam.ids]).at(-1)!;
          return row.map((p, id) => ({ ids: [...beam.ids, id], score: beam.score + p }));
        });
        kept = next.sort((a, b) => b.score - a.score).slice(0, beams);
      }
      return kept[0]!.ids.filter((id) => id !== stop);
    };
    expect(write(prompts, { length }).map((ids) => [...ids])).toEqual(prompts.map(search));
    const greedy = generate({ step, initialState: cell.initialState(3), temperature: 0, stop });
    const one = generate({ step, initialState: cell.initialState(3), beams: 1, stop });
    expect(one(prompts, { length })).toEqual(greedy(prompts, { length }));
  });

  test("ids are drawn by their probabilities, and the same state of randomness draws the same", () => {
    const logits = [0, 1, 2, -1];
    const step = (ids: Tensor, state: { h: Tensor }) => ({
      logits: add(mul(oneHot(ids, 4), 0), logits),
      state,
    });
    const random = randomState(3);
    const write = generate({ step, initialState: { h: zeros([1, 1]) }, random });
    const start = random.state.key.value;
    const first = write([0], { length: 4000 });
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    for (const [id, x] of logits.entries()) {
      const share = first.filter((each) => each === id).length / 4000;
      expect(Math.abs(share - Math.exp(x) / total)).toBeLessThan(0.03);
    }
    expect(write([0], { length: 40 })).not.toEqual(first.slice(0, 40));
    random.state.key.value = start;
    expect(write([0], { length: 4000 })).toEqual(first);
    const two = generate({ step, initialState: { h: zeros([1, 1]) }, topK: 3, topP: 0.9, random: 1 });
    expect(new Set(two([0], { length: 200 }))).toEqual(new Set([1, 2]));
  });

  test("weights that training changes are read anew, and inputs reach the first state", () => {
    const table = parameter("table", [
      [0, 9, 0],
      [0, 0, 9],
      [9, 0, 0],
    ]);
    const given = input("given", [1, 3]);
    const step = (ids: Tensor, { h }: { h: Tensor }) => ({ logits: add(take(table, ids), h), state: { h } });
    const write = generate({ step, initialState: { h: given }, inputs: { given }, temperature: 0 });
    expect([...write([0], { length: 4, inputs: { given: [[0, 0, 0]] } })]).toEqual([1, 2, 0, 1]);
    expect([...write([0], { length: 2, inputs: { given: [[0, 0, 99]] } })]).toEqual([2, 2]);
    compile({
      updates: [
        [
          table,
          constant([
            [9, 0, 0],
            [9, 0, 0],
            [9, 0, 0],
          ]),
        ],
      ],
    })();
    expect([...write([1], { length: 2, inputs: { given: [[0, 0, 0]] } })]).toEqual([0, 0]);
  });

  test("what it refuses", () => {
    const cell = new GRUCell({ inputSize: 2, hiddenSize: 2, update: "keep", reset: "after", seed: 1 });
    const embedding = new Embedding({ count: 3, size: 2, seed: 1 });
    const head = new Linear({ inputSize: 2, outputSize: 3, seed: 1 });
    const initialState = cell.initialState(2);
    const step = (ids: Tensor, before: typeof initialState) => {
      const state = cell.step(embedding.apply(ids), before);
      return { logits: head.apply(tanh(state.h)), state };
    };
    const make = (options: object) => () => generate({ step, initialState, ...options });
    expect(make({ temperature: -1 })).toThrow("generate: temperature is a number from 0, received -1");
    expect(make({ topP: 0 })).toThrow("generate: topP is a number above 0 and at most 1, received 0");
    expect(make({ chunk: 0 })).toThrow("generate: chunk is a whole number from 1, received 0");
    expect(make({ beams: 1.5 })).toThrow("generate: beams is a whole number from 1, received 1.5");
    expect(make({ beams: 2, topK: 3 })).toThrow(
      "generate: a search with beams draws nothing, but topK is given",
    );
    expect(make({ beams: 2, lengthPenalty: NaN })).toThrow("lengthPenalty is a finite number, received NaN");
    expect(make({ initialState: {} })).toThrow(
      "expected an initialState of tensors [batch, ...], received none",
    );
    expect(
      make({ initialState: { a: zeros([2, 1]), b: zeros([3, 1]) } }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: generate: a state has a row for each text, at least one
        initialState: [2, 1]  f32
        initialState: [3, 1]  f32
        rule: initialState [batch, ...]]
    `);
    expect(
      make({ step: (ids: Tensor, state: object) => ({ logits: ids, state }) }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [ShapeError: generate: expected scores of every class for each of 2 rows
        logits: [2]  i32
        rule: step: ids [rows] → logits [rows, classes]]
    `);
    const write = generate({ step, initialState });
    expect(() => write([1], { length: 2 })).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: generate: "prompt"
        expected: one for each of 2 rows
        received: 1]
    `);
    expect(() => write([[1], []], { length: 2 })).toThrow("at least one id to begin with");
    expect(() => write([[1], [0.5]], { length: 2 })).toThrow("received: 0.5");
    expect(() => write([[1], [2]], { length: 0 })).toThrow("length is a whole number from 1, received 0");
    expect(() => write([[1], [3]], { length: 1 })).toThrow("id");
  });
});

describe("sample: topP", () => {
  /** The fewest of the likeliest that add up to `p`, of equal ones the earlier, by sorting. */
  const nucleus = (probabilities: readonly number[], p: number): number[] => {
    const order = probabilities
      .map((_, i) => i)
      .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    let sum = 0;
    return order.filter((i) => {
      const kept = sum < p;
      sum += probabilities[i]!;
      return kept;
    });
  };
  test("draws from the fewest of the likeliest, and from all of them", () => {
    fc.assert(
      fc.property(
        // Sixteenths add up exactly, so the bound is hit exactly too, and many are equal.
        fc
          .array(fc.nat(4), { minLength: 1, maxLength: 8 })
          .filter((counts) => counts.some((each) => each > 0)),
        fc.integer({ min: 1, max: 15 }),
        (counts, sixteenths) => {
          const total = counts.reduce((a, b) => a + b);
          const p = (sixteenths - 0.5) / 16;
          const expected = nucleus(
            counts.map((each) => each / total),
            p,
          );
          const rows = Array.from({ length: 300 }, () => counts.map((each) => Math.log(each)));
          const drawn = new Set(evaluate(sample(randomKey(1), rows, { topP: p })).data);
          expect([...drawn].sort()).toEqual([...new Set(expected)].sort());
        },
      ),
      { numRuns: 8 },
    );
  });
  test("equal ones: the earlier; temperature first", () => {
    const kept = (logits: readonly number[], options: object): number[] => {
      const rows = Array.from({ length: 300 }, () => logits);
      return [...new Set(evaluate(sample(randomKey(2), rows, options)).data)].sort();
    };
    expect(kept([1, 1, 1, 1], { topP: 0.5 })).toEqual([0, 1]);
    expect(kept([1, 1, 1, 1], { topP: 0.51 })).toEqual([0, 1, 2]);
    expect(kept([5, 4, 0], { topP: 0.9, temperature: 1e-3 })).toEqual([0]);
    expect(kept([5, 4, 0], { topP: 0.9, temperature: Infinity })).toEqual([0, 1, 2]);
    expect(kept([5, 4, 3, 2], { topP: 0.99, topK: 2 })).toEqual([0, 1]);
    expect(() => sample(randomKey(1), [1, 2], { topP: 1.5 })).toThrow(
      "sample: topP is a number above 0 and at most 1, received 1.5",
    );
  });
});
