/** A small training for the tests of the loop: a line through noisy points, with a key that moves on. */
import {
  add,
  compile,
  evaluate,
  input,
  mean,
  mul,
  type NDArray,
  type Parameter,
  parameter,
  randomKey,
  randomNormal,
  splitKey,
  square,
  sub,
  type Tensor,
} from "@org/core";
import { adam, type CheckpointStore, cosine, minimize, type TrainingState } from "@org/optim";

export interface Batch {
  readonly x: number[];
  readonly t: number[];
}

/** Batches of points on `t = 3 x - 1`. */
export const batches: readonly Batch[] = Array.from({ length: 5 }, (_, i) => {
  const x = [0, 1, 2].map((j) => Math.sin(7 * i + 3 * j));
  return { x, t: x.map((value) => 3 * value - 1) };
});

interface Regression {
  readonly weights: Record<"w" | "b", Parameter>;
  readonly state: TrainingState;
  readonly step: (batch: Batch) => { loss: NDArray };
  readonly validate: () => { loss: NDArray };
}

/** A model that has not been trained, its step, and all that the step changes. */
export function regression(): Regression {
  const [x, t] = [input("x", [3]), input("t", [3])];
  const weights: Record<"w" | "b", Parameter> = { w: parameter("w", [0.5]), b: parameter("b", 0) };
  const key = parameter("key", evaluate(randomKey(4)));
  const [draw, next] = splitKey(key) as [Tensor, Tensor];
  const noisy = add(x, mul(0.1, randomNormal(draw, [3])));
  const loss = mean(square(sub(add(mul(weights.w, noisy), weights.b), t)));
  const updates = minimize(loss, weights, adam({ learningRate: cosine(0.2, { steps: 60 }) }));
  const step = compile({ inputs: { x, t }, outputs: { loss }, updates: [...updates, [key, next]] });
  const clean = mean(square(sub(add(mul(weights.w, x), weights.b), t)));
  const measure = compile({ inputs: { x, t }, outputs: { loss: clean } });
  const validate = (): { loss: NDArray } => measure({ x: [-1, 0, 1], t: [-4, -1, 2] });
  const state: TrainingState = { weights, optimizer: updates.state, key };
  return { weights, state, step, validate };
}

/** A store in memory. */
export function memoryStore(): CheckpointStore & { saved: Uint8Array[] } {
  const saved: Uint8Array[] = [];
  return {
    saved,
    save: (bytes) => void saved.push(bytes),
    latest: () => (saved.length > 0 ? { name: `memory ${saved.length}`, bytes: saved.at(-1)! } : undefined),
  };
}
