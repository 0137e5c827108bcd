import { evaluate, type NDArray, type Parameter, parameter, type Update } from "@org/core";
import type { Model, State } from "./model.ts";

/**
 * The state of a cell from one call of a compiled step to the next. Being parameters that nobody differentiates, it
 * carries values over and stops gradients: backpropagation through time ends where the window began.
 */
export class Memory {
  readonly state: Readonly<Record<string, Parameter>>;
  readonly #initial: Readonly<Record<string, NDArray>>;

  constructor(cell: Model["cell"], batch: number) {
    this.#initial = evaluate(cell.initialState(batch));
    const entries = Object.entries(this.#initial).map(([name, value]) => [name, parameter(name, value)]);
    this.state = Object.fromEntries(entries);
  }

  /** For `compile`: the state becomes `next`. */
  updates(next: State): Update[] {
    return Object.entries(this.state).map(([name, part]) => [part, next[name] ?? part]);
  }

  /** Back to the state before any text. */
  clear(): void {
    for (const [name, part] of Object.entries(this.state)) part.value = this.#initial[name] ?? 0;
  }
}
