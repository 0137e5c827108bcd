/** Networks to draw, from primitive ops. */
import {
  array,
  broadcastTo,
  concat,
  grad,
  input,
  logSoftmax,
  math,
  matmul,
  mean,
  mul,
  named,
  neg,
  oneHot,
  type Parameter,
  parameter,
  scan,
  square,
  sub,
  sum,
  type Tensor,
  take,
  unroll,
} from "@org/core";

const weight = (name: string, ...shape: number[]): Parameter =>
  parameter(name, array(new Float32Array(shape.reduce((size, length) => size * length, 1)), { shape }));

const zeros = (...shape: number[]): Tensor => broadcastTo(0, shape);

const mse = (y: Tensor, label: Tensor): Tensor => mean(square(sub(y, label)));

/** `s = tanh(x U + s W + b)`, with a loss at every step. */
export function rnn(write: typeof unroll = scan, steps = 25): Tensor {
  const x = input("x", [steps, 32, 10]);
  const [U, W, b, V] = [weight("U", 10, 16), weight("W", 16, 16), weight("b", 16), weight("V", 16, 4)];
  const { ys } = write(
    ({ s }, x_t) => {
      const next = named(math`tanh(${x_t} @ ${U} + ${s} @ ${W} + ${b})`, "s");
      return { carry: { s: next }, y: next };
    },
    { init: { s: zeros(32, 16) }, xs: x },
  );
  return mse(matmul(ys, V), input("y", [steps, 32, 4]));
}

/** The sum of all elements. */
export const total = (x: Tensor): Tensor => sum(x);

export const unrolledRnn = (): Tensor => rnn(unroll, 4);

interface Run {
  readonly ys: Tensor;
  readonly carry: { readonly h: Tensor; readonly c: Tensor };
}

/** Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. */
function lstmLayer(
  xs: Tensor,
  units: number,
  {
    suffix = "",
    reverse = false,
    init = { h: zeros(xs.shape[1]!, units), c: zeros(xs.shape[1]!, units) },
  } = {},
): Run {
  const gate = (name: string) => {
    const [U, W] = [
      weight(`W_x${name}${suffix}`, xs.shape[2]!, units),
      weight(`W_h${name}${suffix}`, units, units),
    ];
    const b = weight(`b_${name}${suffix}`, units);
    return (x: Tensor, h: Tensor): Tensor => math`${x} @ ${U} + ${h} @ ${W} + ${b}`;
  };
  const [gi, gf, go, gc] = ["i", "f", "o", "c"].map(gate) as [Gate, Gate, Gate, Gate];
  return scan(
    ({ h, c }, x) => {
      const [i, f, o] = [math`σ(${gi(x, h)})`, math`σ(${gf(x, h)})`, math`σ(${go(x, h)})`];
      const cell = math`${f} ⊙ ${c} + ${i} ⊙ tanh(${gc(x, h)})`;
      const state = math`${o} ⊙ tanh(${cell})`;
      return { carry: { h: state, c: cell }, y: state };
    },
    { init, xs, reverse },
  );
}

type Gate = (x: Tensor, h: Tensor) => Tensor;

function languageModel(run: (xs: Tensor) => Tensor): Tensor {
  const [ids, labels] = [input("ids", [25, 32], "i32"), input("labels", [25, 32], "i32")];
  const hidden = run(take(weight("E", 64, 32), ids));
  const logits = math`${hidden} @ ${weight("W_hq", hidden.shape[2]!, 64)} + ${weight("b_q", 64)}`;
  return neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, 64)), { axis: -1 })));
}

export const lstm = (): Tensor => languageModel((xs) => lstmLayer(xs, 128).ys);

export const deepLstm = (): Tensor =>
  languageModel((xs) => lstmLayer(lstmLayer(xs, 128, { suffix: "0" }).ys, 96, { suffix: "1" }).ys);

export const bidirectional = (): Tensor =>
  languageModel((xs) =>
    concat([lstmLayer(xs, 16).ys, lstmLayer(xs, 16, { suffix: "r", reverse: true }).ys], { axis: 2 }),
  );

/** The state after the last step of one sequence starts the other. */
export function encoderDecoder(): Tensor {
  const { carry } = lstmLayer(input("source", [5, 8, 10]), 16, { suffix: "e" });
  const { ys } = lstmLayer(input("target", [7, 8, 10]), 16, { suffix: "d", init: carry });
  return mse(ys, input("y", [7, 8, 16]));
}

/** Cho et al. 2014, the reset gate before the product. */
export function gru(): Tensor {
  const gate = (name: string): Gate => {
    const [U, W, b] = [weight(`W_x${name}`, 10, 16), weight(`W_h${name}`, 16, 16), weight(`b_${name}`, 16)];
    return (x, h) => math`${x} @ ${U} + ${h} @ ${W} + ${b}`;
  };
  const [gr, gz, gh] = ["r", "z", "h"].map(gate) as [Gate, Gate, Gate];
  const { carry } = scan(
    (h, x) => {
      const [r, z] = [math`σ(${gr(x, h)})`, math`σ(${gz(x, h)})`];
      const candidate = math`tanh(${gh(x, mul(r, h))})`;
      return { carry: math`${z} ⊙ ${h} + (1 - ${z}) ⊙ ${candidate}` };
    },
    { init: input("h0", [32, 16]), xs: input("x", [8, 32, 10]) },
  );
  return mean(square(carry));
}

/** A loss together with its gradients as graphs, which hold a loop that runs backwards. */
export function withGradients(): Tensor[] {
  const x = input("x", [6, 2, 3]);
  const [U, W] = [weight("U", 3, 3), weight("W", 3, 3)];
  const { carry } = scan((h, x_t) => ({ carry: math`tanh(${x_t} @ ${U} + ${h} @ ${W})` }), {
    init: zeros(2, 3),
    xs: x,
  });
  const loss = sum(square(carry));
  return [loss, ...grad(loss, [U, W])];
}

/** No loop, and a name that is all trouble. */
export function awkwardName(): Tensor {
  const y = math`tanh(${input("x", [32, 10])} @ ${weight('w & "w\'" \\n', 10, 4)} + ${weight("b", 4)})`;
  return mean(square(named(y, '<script>alert("σ")</script>')));
}
