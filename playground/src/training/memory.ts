import { evaluate, type NDArray, type Parameter, parameter, type Update } from "@org/core";
import { cellsOf, type Model } from "./model.ts";
import type { State } from "./typed-cell.ts";

/**
 * The states of all layers from one window of text to the next. Being parameters that nobody differentiates, they carry
 * values over and stop gradients.
 */
export class Memory {
  readonly state: readonly Readonly<Record<string, Parameter>>[];
  readonly #initial: readonly Readonly<Record<string, NDArray>>[];

  constructor(model: Model, batch: number) {
    this.#initial = cellsOf(model).map((cell) => evaluate(cell.initialState(batch)));
    this.state = this.#initial.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, parameter(name, value)])),
    );
  }

  /** The same, under the numbers of the layers. */
  get record(): Record<string, Readonly<Record<string, Parameter>>> {
    return Object.fromEntries(this.state.entries());
  }

  /** For `compile`: the states become `next`. */
  updates(next: readonly State[]): Update[] {
    return this.state.flatMap((layer, l) =>
      Object.entries(layer).map(([name, part]): Update => [part, next[l]![name]!]),
    );
  }

  /** Back to the states before any text. */
  clear(): void {
    for (const [l, layer] of this.state.entries())
      for (const [name, part] of Object.entries(layer)) part.value = this.#initial[l]![name]!;
  }
}
