import type { Node } from "../graph/tensor.ts";
import type { NDArray } from "../ndarray.ts";

/** What every op with a kink decided in a run, in order, inside of loops too. */
export class Decisions {
  #known: ArrayLike<number>[] = [];
  #cursor = 0;
  #recording = true;
  /** Whether the run being compared has decided as the recorded one. */
  same = true;

  /** The next run is remembered. */
  record(): void {
    this.#known = [];
    this.#recording = true;
    this.same = true;
  }

  /** The next run is compared with the remembered one. */
  compare(): void {
    this.#cursor = 0;
    this.#recording = false;
    this.same = true;
  }

  observe({ op, attributes }: Node, values: readonly NDArray[], [result]: readonly NDArray[]): void {
    if (!op.decide || !result || !this.same) return;
    const decided = op.decide(values, result, attributes);
    if (this.#recording) this.#known.push(decided);
    else this.same = equalLists(decided, this.#known[this.#cursor++]!);
  }
}

function equalLists(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i]! + 0, b[i]! + 0)) return false;
  return true;
}
