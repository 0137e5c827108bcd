import {
  add,
  ancestors,
  compile,
  createRuntime,
  NDArray,
  type Parameter,
  parameter,
  type Runtime,
  substitute,
  type Tensor,
  type Update,
} from "@org/core";
import { adam, chain, clipByGlobalNorm, type Transform } from "@org/optim";
import type { Task } from "../messages.ts";
import { training } from "../workloads.ts";
import { type Prepared, timed } from "./serve.ts";

type Form = Extract<Task, { kind: "optimizer" }>["form"];

/** Weights and their gradients, by name. */
export type Values = Readonly<Record<string, { readonly weight: NDArray; readonly gradient: NDArray }>>;

/** What is compared before anything is measured. */
const comparedSteps = 10;

const { clip, ...options } = training;

/** Clipping and Adam, as a whole step has them. */
export const transform: Transform = chain(clipByGlobalNorm(clip), adam(options));

/** The next values of new weights and of Adam's state. The gradients are parameters too, so that nothing is fed. */
function drawUpdates(values: Values): readonly Update[] {
  const made = (of: "weight" | "gradient"): Record<string, Parameter> =>
    Object.fromEntries(Object.entries(values).map(([name, each]) => [name, parameter(name, each[of])]));
  const weights = made("weight");
  const state = transform.init(weights);
  const next = transform.update(made("gradient"), state, weights);
  return [
    ...Object.entries(weights).map(([name, p]): Update => [p, add(p, next.updates[name]!)]),
    ...Object.entries(state).map(([name, part]): Update => [part, next.state[name]!]),
  ];
}

/** A step, and how many calls it makes. */
interface Step {
  readonly calls: number;
  run(): void;
}

const whole = (updates: readonly Update[], runtime: Runtime): Step => ({
  calls: 1,
  run: compile({ updates, runtime }),
});

/**
 * An executable for each op of each parameter: its operands lie in the runtime's memory, its result goes there for the
 * next one, or straight into the parameter that it updates. Numbers are spread inside the op that takes them.
 */
function opAtATime(updates: readonly Update[], runtime: Runtime): Step {
  const targets = new Map(updates.map(([target, value]) => [value, target]));
  const places = new Map<Tensor, Parameter>();
  const calls: (() => unknown)[] = [];
  for (const node of ancestors([...targets.keys()])) {
    if (node.inputs.length === 0 || node.op.name === "broadcastTo") continue;
    const result = node.result();
    const [value] = substitute([result], places);
    const place = targets.get(result) ?? parameter("place", zeros(result));
    calls.push(compile({ updates: [[place, value!]], runtime }));
    places.set(result, place);
  }
  const run = (): void => {
    for (const call of calls) call();
  };
  return { calls: calls.length, run };
}

function zeros({ dtype, shape }: Tensor): NDArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return new NDArray(dtype, shape, dtype === "f64" ? new Float64Array(size) : new Float32Array(size));
}

const forms: Readonly<Record<Form, (updates: readonly Update[], runtime: Runtime) => Step>> = {
  compiled: whole,
  "op at a time": opAtATime,
  interpreted: (updates) => whole(updates, createRuntime({ target: "interpreter" })),
};

/** Holds weights and state to what one executable makes of them. @throws Error */
function compareToWhole(values: Values, updates: readonly Update[], step: Step): void {
  const runtime = createRuntime();
  const expected = drawUpdates(values);
  const reference = whole(expected, runtime);
  for (let i = 0; i < comparedSteps; i++) {
    step.run();
    reference.run();
  }
  for (const [i, [{ name, value }]] of updates.entries()) {
    const right = expected[i]![0].value.data;
    const wrong = value.data.findIndex((x, k) => !(x === right[k]));
    if (wrong === -1) continue;
    throw new Error(`${name}[${wrong}]: ${value.data[wrong]}, and ${right[wrong]} in one executable`);
  }
  runtime.dispose();
}

/** Clipping and Adam alone, in one of the forms. */
export function prepareOptimizer(form: Form, values: Values, runtime: Runtime): Prepared {
  const updates = drawUpdates(values);
  const [step, compilation] = timed(() => forms[form](updates, runtime));
  compareToWhole(values, updates, step);
  return {
    phases: { compile: compilation },
    about: { target: runtime.target, calls: step.calls },
    step: () => {
      step.run();
      return 0;
    },
  };
}
