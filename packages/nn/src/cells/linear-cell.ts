import { add, defaultDType, mul, type Parameter, sub, type Tensor, zeros } from "@org/core";
import { type Cell, checkStep } from "./cell.ts";

/** A real tensor, or the real and the imaginary part of a complex one. */
export type Parts = readonly [Tensor] | readonly [re: Tensor, im: Tensor];

/** `s ← decay ⊙ s + drive`, for all leading axes of `x`. */
export interface LinearTerms {
  readonly decay: Parts;
  readonly drive: Parts;
}

/** What a linear cell carries, by its own names. */
export type LinearState = Readonly<Record<string, Tensor>>;

/** `a ⊙ b`, complex where there are two parts: `(a + ia′) (b + ib′) = ab - a′b′ + i (ab′ + a′b)`. */
export function times(a: Parts, b: Parts): Parts {
  const [[x, xi], [y, yi]] = [a, b];
  if (!xi || !yi) return [mul(x, y)];
  return [sub(mul(x, y), mul(xi, yi)), add(mul(x, yi), mul(xi, y))];
}

/** `a + b`. */
export const plus = (a: Parts, b: Parts): Parts => a.map((part, i) => add(part, b[i]!)) as unknown as Parts;

/** The options that all of them have. */
export interface LinearCellSizes {
  readonly inputSize: number;
  readonly dtype?: "f32" | "f64";
}

/**
 * A cell whose state is a linear function of the one before, elementwise: `s ← a(x) ⊙ s + b(x)`. So all states of a
 * sequence are one running combination (`recurrent` with `parallel: true`), or a loop as of any cell.
 */
export abstract class LinearCell implements Cell<LinearState> {
  abstract readonly name: string;
  abstract readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputSize: number;
  protected readonly dtype: "f32" | "f64";

  constructor({ inputSize, dtype = defaultDType() }: LinearCellSizes) {
    this.inputSize = inputSize;
    this.dtype = dtype;
  }

  /** The shape of a state, without the batch. */
  protected abstract readonly stateShape: readonly number[];
  /** What the parts of the state are called. */
  protected abstract readonly stateNames: readonly string[];
  /** The last axis of what `read` gives, where that is not the state itself. */
  protected readonly outputSize: number | undefined = undefined;

  /** `x [..., input]` → `[..., ...stateShape]`, each part. */
  abstract terms(x: Tensor): LinearTerms;

  /** What is shown of a state, `[..., output]`. */
  abstract read(state: Parts, x: Tensor): Tensor;

  /** What `terms` and `read` get to see of the inputs of a whole sequence; here themselves. */
  seen(xs: Tensor, _before: LinearState, _reverse: boolean): Tensor {
    return xs;
  }

  /** The same of one step. */
  protected seenOnce(x: Tensor, _before: LinearState): Tensor {
    return x;
  }

  /** What a state keeps beside its parts. */
  protected kept(_x: Tensor): LinearState {
    return {};
  }

  initialState(batch: number): LinearState {
    const parts = this.stateNames.map(
      (name) => [name, zeros([batch, ...this.stateShape], this.dtype)] as const,
    );
    const shown =
      this.outputSize === undefined ? [] : [["y", zeros([batch, this.outputSize], this.dtype)] as const];
    return Object.fromEntries([...parts, ...shown]);
  }

  step(x: Tensor, before: LinearState): LinearState {
    checkStep(this.name, x, this.inputSize);
    const seen = this.seenOnce(x, before);
    const { decay, drive } = this.terms(seen);
    const parts = plus(times(decay, this.parts(before)), drive);
    return this.state(parts, this.outputSize === undefined ? undefined : this.read(parts, seen), x);
  }

  output(state: LinearState): Tensor {
    return state[this.outputSize === undefined ? this.stateNames[0]! : "y"]!;
  }

  /** The parts of a state. */
  parts(state: LinearState): Parts {
    return this.stateNames.map((name) => state[name]!) as unknown as Parts;
  }

  /** The state of parts, of what is shown of it, and of the input that made it. */
  state(parts: Parts, shown: Tensor | undefined, x: Tensor): LinearState {
    const named = this.stateNames.map((name, i) => [name, parts[i]!] as const);
    return {
      ...Object.fromEntries(named),
      ...(shown && this.outputSize !== undefined && { y: shown }),
      ...this.kept(x),
    };
  }
}
