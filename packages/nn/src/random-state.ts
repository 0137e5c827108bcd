import {
  type Operand,
  type Parameter,
  parameter,
  renewed,
  splitKey,
  type Tensor,
  type Update,
} from "@org/core";
import { keyOf, type Seed } from "./seed.ts";

/** A key that moves on with every step: what is random in training draws from it. */
export class RandomState {
  readonly #key: Parameter;
  readonly #next: Tensor;
  #rest: Tensor;

  constructor(seed: Seed) {
    this.#key = parameter("key", keyOf(seed), "i32");
    const [next, draws] = splitKey(this.#key) as [Tensor, Tensor];
    this.#next = next;
    this.#rest = draws;
  }

  /** What a checkpoint keeps: `{ key }`. Restored, the same draws follow. */
  get state(): { readonly key: Parameter } {
    return { key: this.#key };
  }

  /** What moves it on, for the `updates` of every program that draws from it. */
  get updates(): readonly Update[] {
    return [[this.#key, this.#next]];
  }

  /** A key of its own for each call, new in every step. */
  draw(): Tensor {
    const [own, rest] = splitKey(this.#rest) as [Tensor, Tensor];
    this.#rest = rest;
    return own;
  }
}

/**
 * Randomness for training: a key that is a parameter, its update, and its place in checkpoints. Layers take it as their
 * `key`, `train` as `random`; `draw` makes keys for anything else. Programs that draw from it list its updates beside the
 * others, so that each step has masks of its own: `compile` refuses a program that forgets them.
 * The n-th draw is the same in every program that is built in the same way, and independent of the others.
 * @example
 * const random = randomState(1);
 * const dropped = new Dropout({ rate: 0.5 }).apply(new Array(40).fill(1), { training: true, key: random });
 * const step = compile({ outputs: sum(dropped), updates: random.updates });
 * step().item() === step().item(); // → false
 * saveTensors(random.state); // the checkpoint's part of it
 */
export const randomState = (seed: Seed): RandomState => new RandomState(seed);

/** Where randomness comes from: a random state, or a key of core's `randomKey` that an input or an update changes. */
export type KeySource = Operand | RandomState;

/** A key: drawn from a state, which has to move on then, or the one given. */
export const drawn = (key: KeySource, op: string): Operand =>
  key instanceof RandomState ? inTraining(key.draw(), op) : key;

/** Marks what is drawn in training: it has to be new in every step. */
export const inTraining = (tensor: Tensor, op: string): Tensor => renewed(tensor, { op, hint: HINT });

const HINT =
  "const random = randomState(seed), given as key: random; compile({ …, updates: [...updates, ...random.updates] })";
