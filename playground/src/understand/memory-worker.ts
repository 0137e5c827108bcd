/** Trains an RNN and an LSTM, side by side, to remember the first symbol of a sequence until its end. */
import { argmax, array, cast, compile, equal, input, mean, take } from "@org/core";
import { type Cell, crossEntropy, Linear, LSTMCell, parameters, RNNCell, recurrent } from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { Problem, type Reason, reasonOf } from "../problem.ts";

/** What the worker tells: how far both have come, or why they came no further. */
export type MemoryMessage = MemoryProgress | Reason;

/** How far both have come. */
export interface MemoryProgress {
  readonly step: number;
  /** The share of sequences whose first symbol is named right, of late. */
  readonly accuracy: Readonly<Record<"RNN" | "LSTM", number>>;
}

const [symbols, batch, hidden] = [4, 32, 24];
const every = 10;

let wanted = 0;

addEventListener("message", ({ data }: MessageEvent<{ time: number; steps: number } | "stop">) => {
  wanted++;
  if (data !== "stop") train(data, wanted).catch((error) => postMessage(reasonOf(error, "stopped")));
});

async function train({ time, steps }: { time: number; steps: number }, turn: number): Promise<void> {
  if (!("WebAssembly" in globalThis)) throw new Problem({ kind: "noWebAssembly", said: {} });
  const sizes = { inputSize: 2 * symbols, hiddenSize: hidden };
  const learners = {
    RNN: learner(new RNNCell({ ...sizes, seed: 1 }) as unknown as Cell, time),
    // The forget gate begins nearly open: the memory lasts some twenty steps before anything is learned.
    LSTM: learner(new LSTMCell({ ...sizes, seed: 2, forgetBias: 3 }) as unknown as Cell, time),
  };
  for (let step = 1; step <= steps && turn === wanted; step++) {
    const draw = drawn(time);
    const right = { RNN: learners.RNN(draw), LSTM: learners.LSTM(draw) };
    if (step % every !== 0 && step !== 1) continue;
    const progress: MemoryProgress = { step, accuracy: right };
    postMessage(progress);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

type Draw = ReturnType<typeof drawn>;

/** A symbol, then noise, which are other symbols: `xs [time, batch, 2 symbols]`. */
function drawn(time: number) {
  const labels = Int32Array.from({ length: batch }, () => Math.floor(Math.random() * symbols));
  const xs = new Float32Array(time * batch * 2 * symbols);
  for (let t = 0; t < time; t++) {
    for (let b = 0; b < batch; b++) {
      const seen = t === 0 ? labels[b]! : symbols + Math.floor(Math.random() * symbols);
      xs[(t * batch + b) * 2 * symbols + seen] = 1;
    }
  }
  return { xs: array(xs, { shape: [time, batch, 2 * symbols] }), labels: array(labels, { shape: [batch] }) };
}

/** A step of training, which returns the accuracy over the last steps. */
function learner(cell: Cell, time: number): (draw: Draw) => number {
  const head = new Linear({ inputSize: hidden, outputSize: symbols, seed: 3 });
  const [xs, labels] = [input("xs", [time, batch, 2 * symbols]), input("labels", [batch], "i32")];
  const logits = head.apply(take(recurrent(cell, xs).outputs, time - 1));
  const loss = crossEntropy(logits, labels);
  const transform = chain(clipByGlobalNorm(1), adam({ learningRate: 0.005 }));
  const step = compile({
    inputs: { xs, labels },
    outputs: { right: mean(cast(equal(argmax(logits, { axis: -1 }), labels), "f32")) },
    updates: minimize(loss, parameters({ cell, head }), transform),
  });
  let smooth = 1 / symbols;
  return (draw) => {
    smooth += 0.1 * (step(draw).right.item() - smooth);
    return smooth;
  };
}
