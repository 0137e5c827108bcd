import { add, cast, parameter, type Tensor } from "@org/core";
import { filledLike, mapRecord, type ParameterRecord, type Transform } from "./transform.ts";

/** What is remembered of each parameter, and the number that it holds everywhere at first. */
type Slots<Slot extends string> = Readonly<Record<Slot, number>>;

/** A parameter's direction, and what to remember of it. */
type Outcome<Slot extends string> = Readonly<Record<Slot | "direction", Tensor>>;

/**
 * A transform that does the same for every parameter by itself, each with a memory of its own.
 * State: `<slot>.<name>` for every slot and parameter
 */
export const perParameter = <Slot extends string>(
  slots: Slots<Slot>,
  step: (g: Tensor, memory: Readonly<Record<Slot, Tensor>>, p: Tensor) => Outcome<Slot>,
): Transform => ({
  init: (parameters) => initial(slots, parameters),
  update(gradients, state, parameters) {
    const names = Object.keys(slots) as Slot[];
    const next: Record<string, Tensor> = {};
    const updates = mapRecord(gradients, (g, name) => {
      const memory = Object.fromEntries(names.map((slot) => [slot, state[`${slot}.${name}`]!]));
      const outcome = step(g, memory as Record<Slot, Tensor>, parameters[name]!);
      for (const slot of names) next[`${slot}.${name}`] = outcome[slot];
      return outcome.direction;
    });
    return { updates, state: next };
  },
});

/**
 * `perParameter` for rules that depend on the number of the step, t = 1, 2, …: `shared` makes of it, once a step and in
 * f64, what all parameters use.
 * State: `count` (i32, 0 at first), and `<slot>.<name>` for every slot and parameter
 */
export const counted = <Slot extends string, Shared>(
  slots: Slots<Slot>,
  shared: (t: Tensor) => Shared,
  step: (g: Tensor, memory: Readonly<Record<Slot, Tensor>>, shared: Shared) => Outcome<Slot>,
): Transform => ({
  init: (parameters) => ({ count: parameter("count", 0, "i32"), ...initial(slots, parameters) }),
  update(gradients, state, parameters) {
    const count = add(state.count!, 1);
    const common = shared(cast(count, "f64"));
    const each = perParameter(slots, (g, memory) => step(g, memory, common));
    const { updates, state: next } = each.update(gradients, state, parameters);
    return { updates, state: { count, ...next } };
  },
});

const initial = (slots: Slots<string>, parameters: ParameterRecord): ParameterRecord =>
  Object.assign({}, ...Object.entries(slots).map(([slot, fill]) => filledLike(slot, fill, parameters)));
