/** Graphs that other engines compute too: every sample of every op, loops with their gradients, and training. */
import {
  add,
  array,
  checkpoint,
  cond,
  constant,
  type DType,
  grad,
  greater,
  input,
  logSoftmax,
  mul,
  type NDArray,
  Node,
  notEqual,
  type Parameter,
  parameter,
  randomNormal,
  relu,
  reshape,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  type Update,
  where,
} from "@org/core";
import { ops } from "@org/core/ops";
import {
  Conv2d,
  crossEntropy,
  Dropout,
  Embedding,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  LSTMCell,
  MaxPool2d,
  parameters,
  randomState,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, type Minimization, minimize, warmupCosine } from "@org/optim";
import { samplesOf } from "../../core/test/samples/samples.ts";

/** Values of a graph at one point. */
export interface Point {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly feeds: Readonly<Record<string, NDArray>>;
  /** Where names alone do not tell them apart. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

const wide = (value: NDArray, dtype: DType): NDArray =>
  value.dtype === "f64" || value.dtype === "f32" ? array(value, { dtype }) : value;

/** Every sample of every record. */
export function sweep(dtype: "f32" | "f64"): Point {
  const point = {
    inputs: {} as Record<string, Tensor>,
    outputs: {} as Record<string, Tensor>,
    feeds: {} as Record<string, NDArray>,
  };
  for (const [name, op] of Object.entries(ops)) {
    samplesOf(op).forEach(({ operands, attributes }, i) => {
      const values = operands.map((value) => wide(value, dtype));
      const given = values.map((value, k) => input(`${name}_${i}_${k}`, value.shape, value.dtype));
      const y = new Node(op, given, attributes, op.infer(given, attributes)).result();
      point.outputs[`${name}_${i}`] = y;
      given.forEach((tensor, k) => {
        point.inputs[tensor.name!] = tensor;
        point.feeds[tensor.name!] = values[k]!;
      });
    });
  }
  return point;
}

const filled = (shape: readonly number[], dtype: "f32" | "f64", shift = 0): NDArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => Math.sin(1.7 * (i + shift)));
  return array(Float64Array.from(values), { shape, dtype });
};

/** Loops forwards and backwards, one inside another, with constants, and their first and second derivatives. */
export function loops(dtype: "f32" | "f64"): Point {
  const feeds = { xs: filled([5, 2, 3], dtype), w: filled([3, 3], dtype, 3), h: filled([2, 3], dtype, 7) };
  const [xs, w, h] = Object.entries(feeds).map(([name, { shape }]) => input(name, shape, dtype)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const outputs: Record<string, Tensor> = {};
  for (const reverse of [false, true]) {
    const result = scan(
      (before: Tensor, x: Tensor) => {
        const inner = scan((c: Tensor) => ({ carry: tanh(mul(c, 0.9)) }), { init: x, length: 3 });
        const after = tanh(add(mul(before, 0.5), sin(inner.carry), mul(x, sum(w, { axis: 0 }))));
        return { carry: after, y: square(after) };
      },
      { init: h, xs, reverse },
    ) as { carry: Tensor; ys: Tensor };
    const loss = add(sum(mul(result.ys, result.ys)), sum(result.carry));
    const first = grad(loss, [w, h, xs]);
    const second = grad(sum(mul(first[0]!, first[0]!)), [w, h]);
    Object.assign(outputs, { [`ys_${reverse}`]: result.ys, [`carry_${reverse}`]: result.carry });
    for (const [i, g] of first.entries()) outputs[`first_${reverse}_${i}`] = g;
    for (const [i, g] of second.entries()) outputs[`second_${reverse}_${i}`] = g;
  }
  const block = checkpoint((x: Tensor) => tanh(mul(sin(x), 2)));
  const kept = sum(square(block(h)));
  outputs.checkpoint = kept;
  outputs.checkpoint_gradient = grad(kept, h);
  // One of two branches in each step, in a loop that ends where its state is large enough.
  const ended = scan(
    ({ s }: { s: Tensor }, x: Tensor) => {
      const next = cond(
        greater(sum(x), 0),
        () => add(s, mul(x, tanh(x))),
        () => mul(s, 1.5),
      );
      return { carry: { s: next }, y: next };
    },
    { init: { s: h }, xs, until: ({ s }) => greater(sum(square(s)), 12) },
  );
  const far = add(sum(square(ended.carry.s)), sum(ended.ys));
  Object.assign(outputs, { ended: ended.carry.s, ended_ys: ended.ys, ended_steps: ended.steps });
  outputs.ended_gradient = grad(far, xs);
  outputs.ended_second = grad(sum(square(grad(far, h))), xs);
  outputs.normal = randomNormal(constant([7, 9], "i32"), [40]);
  return { inputs: { xs, w, h }, outputs, feeds };
}

/** The samples of one record among those of `sweep`. */
export function pointOf(name: string, { inputs, outputs, feeds }: Point): Point {
  const own = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key.replace(/(_\d+)+$/, "") === name));
  return { inputs: own(inputs), outputs: own(outputs), feeds: own(feeds) };
}

/** Networks as they are deployed: texts of several lengths read in two directions, pictures, one step with its state. */
export function networks(dtype: "f32" | "f64"): Readonly<Record<string, Point>> {
  const lengths = array([5, 2, 0, 3], { dtype: "i32" });
  const ids = array([1, 2, 0, 3, 3, 2, 1, 0, 4, 4, 4, 4, 1, 3, 2, 0, 2, 2, 1, 1], {
    dtype: "i32",
    shape: [5, 4],
  });
  const read = { ids: input("ids", ids.shape, "i32"), lengths: input("lengths", [4], "i32") };
  const embedding = new Embedding({ count: 5, size: 3, seed: 1, dtype });
  const options = { inputSize: 3, hiddenSize: 4, dtype } as const;
  const gru = new GRU({
    ...options,
    layers: 2,
    bidirectional: true,
    update: "keep",
    reset: "before",
    seed: 2,
  });
  const head = new Linear({ inputSize: 8, outputSize: 5, seed: 3, dtype });
  const ragged = gru.apply(embedding.apply(read.ids), { lengths: read.lengths });

  const frames = filled([3, 2, 1, 6, 6], dtype);
  const seen = { frames: input("frames", frames.shape, dtype) };
  const conv = new Conv2d({ inputChannels: 1, outputChannels: 2, kernel: 3, padding: 1, seed: 4, dtype });
  const pool = new MaxPool2d({ window: 2 });
  const norm = new LayerNorm({ size: 18, dtype });
  const flat = reshape(pool.apply(relu(conv.apply(reshape(seen.frames, [6, 1, 6, 6])))), [3, 2, 18]);
  const lstm = new LSTM({ inputSize: 18, hiddenSize: 4, seed: 5, dtype });

  const cell = new LSTMCell({ ...options, seed: 6 });
  const [letter, h, c] = [input("letter", [2], "i32"), input("h", [2, 4], dtype), input("c", [2, 4], dtype)];
  const next = cell.step(embedding.apply(letter), { h, c });
  const start = {
    letter: array([1, 4], { dtype: "i32" }),
    h: filled([2, 4], dtype),
    c: filled([2, 4], dtype, 3),
  };

  const xs = filled([4, 2], dtype);
  const seenXs = input("xs", [4, 2], dtype);
  const [count, flags] = [input("count", [], "i32"), input("flags", [4], "bool")];
  const counted = scan(
    ({ sum, odd }: { sum: Tensor; odd: Tensor }, { x, flag }: { x: Tensor; flag: Tensor }) => {
      const carry = { sum: add(sum, where(flag, x, 0)), odd: notEqual(odd, flag) };
      return { carry, y: { sum: carry.sum, odd: carry.odd } };
    },
    {
      init: { sum: constant(filled([2], dtype)), odd: constant(array([0], { dtype: "bool", shape: [] })) },
      xs: { x: seenXs, flag: flags },
      count,
      reverse: true,
    },
  );
  return {
    ragged: {
      inputs: read,
      outputs: { scores: logSoftmax(head.apply(ragged.outputs)), state: ragged.state[1]!.h },
      feeds: { ids, lengths },
      parameters: parameters({ embedding, gru, head }),
    },
    video: {
      inputs: seen,
      outputs: { states: lstm.apply(norm.apply(flat)).outputs },
      feeds: { frames },
      parameters: parameters({ conv, norm, lstm }),
    },
    step: { inputs: { letter, h, c }, outputs: { next_h: next.h, next_c: next.c }, feeds: start },
    counted: {
      inputs: { xs: seenXs, count, flags },
      outputs: { sum: counted.carry.sum, odd: counted.carry.odd, sums: counted.ys.sum, odds: counted.ys.odd },
      feeds: {
        xs,
        count: array([3], { dtype: "i32", shape: [] }),
        flags: array([1, 0, 1, 1], { dtype: "bool" }),
      },
    },
  };
}

/** A training: what it is given, and how it goes on. */
export interface Training {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates: Minimization;
  readonly carried: readonly Update[];
  readonly feeds: readonly Readonly<Record<string, NDArray>>[];
}

/** The character model with clipping, Adam and a schedule, a state carried from window to window, and dropout. */
export function training(kind: "lstm" | "gru", dtype: "f32" | "f64", steps = 10, batch = 4): Training {
  const [time, count, size] = [6, 11, 7];
  const ids = input("ids", [time, batch], "i32");
  const labels = input("labels", [time, batch], "i32");
  const random = randomState(3);
  const options = { inputSize: 5, hiddenSize: size, seed: 2, dtype };
  const model = {
    embedding: new Embedding({ count, size: 5, seed: 1, dtype }),
    rnn: kind === "lstm" ? new LSTM(options) : new GRU({ ...options, update: "keep", reset: "after" }),
    head: new Linear({ inputSize: size, outputSize: count, seed: 3, dtype }),
  };
  const h = parameter("h", array(new Float64Array(batch * size), { shape: [batch, size], dtype }));
  const read = model.embedding.apply(ids);
  const { outputs, state } =
    model.rnn instanceof GRU ? model.rnn.apply(read, { initialState: [{ h }] }) : model.rnn.apply(read);
  const dropped = new Dropout({ rate: 0.25 }).apply(outputs, { training: true, key: random });
  const loss = crossEntropy(model.head.apply(kind === "gru" ? dropped : outputs), labels);
  const learningRate = warmupCosine(0.02, { warmup: 3, steps: steps + 5 });
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(0.5), adam({ learningRate })));
  const carried: Update[] = kind === "gru" ? [[h, state[0]!.h], ...random.updates] : [];
  const draw = (seed: number): NDArray =>
    array(
      Int32Array.from({ length: time * batch }, (_, i) => (i * i * 7 + 3 * i + seed * 5) % count),
      { shape: [time, batch] },
    );
  const feeds = Array.from({ length: steps }, (_, i) => ({ ids: draw(i), labels: draw(i + 1) }));
  return { inputs: { ids, labels }, outputs: { loss }, updates, carried, feeds };
}
