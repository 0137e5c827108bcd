/** Graphs whose sizes stay open in a file: every op with an open axis in front, and networks as they are served. */
import {
  array,
  type DType,
  expandDims,
  grad,
  input,
  type NDArray,
  Node,
  relu,
  reshape,
  square,
  type Tensor,
  take,
  tile,
  vmap,
} from "@org/core";
import { ops } from "@org/core/ops";
import {
  Conv2d,
  crossEntropy,
  Embedding,
  GRU,
  GRUCell,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool2d,
  mse,
  parameters,
} from "@org/nn";
import { samplesOf } from "../../core/test/samples/samples.ts";
import type { OnnxOptions } from "../src/index.ts";
import { operations } from "../src/onnx/operations.ts";
import type { Sizes } from "../src/onnx/size.ts";

/** A graph for any sizes, and what it is given there. */
export interface OpenCase {
  readonly sizes: readonly string[];
  draw(sizes: Sizes): OnnxOptions;
  feeds(sizes: Sizes): Readonly<Record<string, NDArray>>;
}

/** `count` examples: the elements of one, in other places of each, all of them valid where the one's are. */
function examples({ data, shape, dtype }: NDArray, count: number, as: DType): NDArray {
  const size = data.length;
  const values = Float64Array.from(
    { length: count * size },
    (_, i) => data[((i % size) + Math.floor(i / size)) % size]!,
  );
  return array(values, { shape: [count, ...shape], dtype: dtype === "f32" || dtype === "f64" ? as : dtype });
}

/** Every op that is written, on a batch of each of its samples. */
export function batchedOps(dtype: "f32" | "f64"): Readonly<Record<string, OpenCase>> {
  const cases = Object.keys(operations).map((name): [string, OpenCase] => {
    const op = ops[name as keyof typeof operations];
    const samples = samplesOf(op).filter(({ operands }) => operands.length > 0);
    const feeds = ({ batch }: Sizes): Record<string, NDArray> =>
      Object.fromEntries(
        samples.flatMap(({ operands }, i) =>
          operands.map((value, k) => [`x_${i}_${k}`, examples(value, batch!, dtype)]),
        ),
      );
    const draw = ({ batch }: Sizes): OnnxOptions => {
      const inputs = Object.fromEntries(
        Object.entries(feeds({ batch: batch! })).map(([key, { shape, dtype }]) => [
          key,
          input(key, shape, dtype),
        ]),
      );
      const outputs = samples.map(({ operands, attributes }, i): [string, Tensor] => {
        const one = (...xs: readonly Tensor[]): Tensor =>
          new Node(op, xs, attributes, op.infer(xs, attributes)).result();
        return [`${name}_${i}`, vmap(one)(...operands.map((_, k) => inputs[`x_${i}_${k}`]!))];
      });
      return { inputs, outputs: Object.fromEntries(outputs) };
    };
    return [name, { sizes: ["batch"], draw, feeds }];
  });
  return Object.fromEntries(
    cases.filter(([name]) => samplesOf(ops[name as "add"]).some((s) => s.operands.length > 0)),
  );
}

const filled = (shape: readonly number[], dtype: "f32" | "f64", shift = 0): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => Math.sin(1.7 * (i + shift)));
  return array(Float64Array.from(values), { shape, dtype });
};

const whole = (shape: readonly number[], count: number): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return array(
    Int32Array.from({ length: size }, (_, i) => (i * i * 7 + 3 * i + 1) % count),
    { shape },
  );
};

/** Networks as they are served. The embedding has more rows than some of the sizes at which graphs are drawn, and fewer than others. */
export function openNetworks(dtype: "f32" | "f64"): Readonly<Record<string, OpenCase>> {
  const count = 90;
  const embedding = new Embedding({ count, size: 3, seed: 1, dtype });
  const options = { inputSize: 3, hiddenSize: 4, dtype } as const;

  const lstm = new LSTM({ ...options, layers: 2, seed: 2 });
  const head = new Linear({ inputSize: 4, outputSize: 5, seed: 3, dtype });
  const classifier = parameters({ embedding, lstm, head });

  const cell = new GRUCell({ ...options, update: "keep", reset: "after", seed: 4 });
  const letters = new Linear({ inputSize: 4, outputSize: count, seed: 5, dtype });

  const conv = new Conv2d({ inputChannels: 1, outputChannels: 2, kernel: 3, padding: 1, seed: 6, dtype });
  const pool = new MaxPool2d({ window: 2 });
  const norm = new LayerNorm({ size: 18, dtype });
  const classes = new Linear({ inputSize: 18, outputSize: 3, seed: 7, dtype });

  const gru = new GRU({ ...options, update: "keep", reset: "before", bidirectional: true, seed: 8 });
  const tags = new Linear({ inputSize: 8, outputSize: 5, seed: 9, dtype });
  const tagger = parameters({ embedding, gru, tags });

  const pairs = new Linear({ inputSize: 3, outputSize: 3, seed: 10, dtype });

  return {
    classifier: {
      sizes: ["batch"],
      draw: ({ batch }) => {
        const ids = input("ids", [6, batch!], "i32");
        const { outputs } = lstm.apply(embedding.apply(ids));
        const scores = head.apply(take(outputs, -1));
        return { inputs: { ids }, outputs: { scores }, parameters: classifier };
      },
      feeds: ({ batch }) => ({ ids: whole([6, batch!], count) }),
    },
    writer: {
      sizes: ["batch"],
      draw: ({ batch }) => {
        const [letter, h] = [input("letter", [batch!], "i32"), input("h", [batch!, 4], dtype)];
        const next = cell.step(embedding.apply(letter), { h });
        const outputs = { scores: letters.apply(next.h), next_h: next.h };
        return { inputs: { letter, h }, outputs, parameters: parameters({ embedding, cell, letters }) };
      },
      feeds: ({ batch }) => ({ letter: whole([batch!], count), h: filled([batch!, 4], dtype) }),
    },
    pictures: {
      sizes: ["batch"],
      draw: ({ batch }) => {
        const pictures = input("pictures", [batch!, 1, 6, 6], dtype);
        const flat = reshape(pool.apply(relu(conv.apply(pictures))), [batch!, 18]);
        const scores = classes.apply(norm.apply(flat));
        return {
          inputs: { pictures },
          outputs: { scores },
          parameters: parameters({ conv, norm, classes }),
        };
      },
      feeds: ({ batch }) => ({ pictures: filled([batch!, 1, 6, 6], dtype) }),
    },
    // Texts of several lengths, how wrong the labels are, and in which direction weights would make them better.
    tagger: {
      sizes: ["batch", "time"],
      draw: ({ batch, time }) => {
        const [ids, labels] = ["ids", "labels"].map((name) => input(name, [time!, batch!], "i32")) as [
          Tensor,
          Tensor,
        ];
        const lengths = input("lengths", [batch!], "i32");
        const scores = tags.apply(gru.apply(embedding.apply(ids), { lengths }).outputs);
        const loss = crossEntropy(scores, labels);
        const { "gru.0.backward.W_hz": w, "tags.b": b } = tagger;
        const outputs = { scores, loss, gw: grad(loss, w!), gb: grad(loss, b!) };
        return { inputs: { ids, labels, lengths }, outputs, parameters: tagger };
      },
      feeds: ({ batch, time }) => ({
        ids: whole([time!, batch!], count),
        labels: whole([time!, batch!], 5),
        lengths: array(Int32Array.from({ length: batch! }, (_, i) => (5 * i + time!) % (time! + 1))),
      }),
    },
    // Every one of a set beside every other, on one axis: sizes are multiplied, and each is there twice.
    pairs: {
      sizes: ["many", "few"],
      draw: ({ many, few }) => {
        const [a, b] = [input("a", [many!, 3], dtype), input("b", [few!, 3], dtype)];
        const left = reshape(tile(expandDims(a, 1), [1, few!, 1]), [many! * few!, 3]);
        const right = tile(pairs.apply(b), [many!, 1]);
        const distance = mse(left, right);
        return {
          inputs: { a, b },
          outputs: { left, right, squares: square(left), distance },
          parameters: parameters({ pairs }),
        };
      },
      feeds: ({ many, few }) => ({ a: filled([many!, 3], dtype), b: filled([few!, 3], dtype, 5) }),
    },
  };
}
