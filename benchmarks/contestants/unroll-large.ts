import {
  add,
  compile,
  concat,
  grad,
  input,
  mul,
  type Parameter,
  parameter,
  type Runtime,
  sum,
  type Tensor,
  tanh,
} from "@org/core";
import type { LargeForm } from "../messages.ts";
import type { Prepared } from "./serve.ts";

interface Drawn {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: readonly (readonly [Parameter, Tensor])[];
}

/** Graphs that have about `nodes` nodes, written by hand, and their gradients where there are any. */
const forms: Readonly<Record<LargeForm, (x: Tensor, nodes: number) => Drawn>> = {
  "add and mul": (x, nodes) => {
    let y = x;
    for (let i = 0; i < nodes; i += 2) y = mul(add(y, x), 0.5 + (i % 7) / 8);
    return { outputs: { value: sum(y) } };
  },
  tanh: (x, nodes) => {
    let y = x;
    for (let i = 0; i < nodes; i++) y = tanh(y);
    return { outputs: { value: sum(y) } };
  },
  "concat, with gradient": (x, nodes) => {
    const parts = Array.from({ length: nodes }, (_, i) => mul(x, i / nodes));
    const joined = concat(parts, { axis: 0 });
    const value = sum(mul(joined, joined));
    return { outputs: { value, gradient: grad(value, x) } };
  },
  "parameters, with updates": (x, nodes) => {
    const weights = Array.from({ length: nodes }, (_, i) => parameter(`w${i}`, [i / nodes, 1, 0, 1]));
    const value = weights.reduce<Tensor>((total, w) => add(total, sum(mul(w, x))), sum(x));
    const gradients = grad(value, weights);
    return {
      outputs: { value },
      updates: weights.map((w, i) => [w, add(w, mul(gradients[i]!, -0.1))] as const),
    };
  },
};

/** What a call took of the processor, in milliseconds, and what it returned: these graphs are waited for longer than a machine is quiet. */
function metered<T>(run: () => T): readonly [result: T, milliseconds: number] {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1000];
}

/** A graph of many nodes, drawn and compiled. */
export function prepareLarge(form: LargeForm, nodes: number, runtime: Runtime): Prepared {
  const x = input("x", [4]);
  const [drawn, build] = metered(() => forms[form](x, nodes));
  const [run, compilation] = metered(() => compile({ inputs: { x }, ...drawn, runtime }));
  const { target, threads, kernels } = run.report();
  return {
    phases: { build, compile: compilation },
    about: { target, threads, kernels },
    step: () => run({ x: [0.1, 0.2, 0.3, 0.4] }).value!.item(),
  };
}
