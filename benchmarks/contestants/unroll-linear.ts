/** Linear cells over sequences, step by step or all steps at once. */
import { compile, input, mean, NDArray, type Runtime, square } from "@org/core";
import * as nn from "@org/nn";
import { minimize, sgd } from "@org/optim";
import type { LinearRun } from "../workloads.ts";
import { type Prepared, timed } from "./serve.ts";

const cells = {
  minGRU: (size: number) => new nn.MinGRUCell({ inputSize: size, hiddenSize: size, seed: 1 }),
  S5: (size: number) => new nn.S5Cell({ inputSize: size, hiddenSize: size, seed: 1 }),
  "selective state space": (size: number) => new nn.SelectiveStateSpaceCell({ inputSize: size, seed: 1 }),
} as const;

/** The mean square of all outputs, and a step down from it, or the outputs alone. */
export function prepareLinear(
  { cell: name, units, batch, time, parallel, gradient }: LinearRun,
  runtime: Runtime,
): Prepared {
  const shape = [time, batch, units];
  const [drawn, build] = timed(() => {
    const cell = cells[name](units);
    const xs = input("xs", shape);
    const value = mean(square(nn.recurrent(cell, xs, { parallel }).outputs));
    const updates = gradient ? minimize(value, cell.parameters, sgd({ learningRate: 1e-3 })) : [];
    return { inputs: { xs }, outputs: { value }, updates };
  });
  const [run, compilation] = timed(() => compile({ ...drawn, runtime }));
  const { target, threads, rewrites } = run.report();
  const numbers = Float32Array.from({ length: time * batch * units }, (_, i) => Math.sin(i));
  const xs = new NDArray("f32", shape, numbers);
  return {
    phases: { build, compile: compilation },
    about: { target, threads, rewrites: Object.keys(rewrites) },
    step: () => run({ xs }).value.item(),
  };
}
