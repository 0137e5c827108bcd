/** Numbers that a seed determines (mulberry32), and choices by them. */
export class Random {
  #state: number;
  /** Whether what is valid is changed at all. */
  readonly mutates: boolean;

  constructor(seed: number, mutates = true) {
    this.#state = seed >>> 0;
    this.mutates = mutates;
  }

  /** From 0 up to 1. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }
}
