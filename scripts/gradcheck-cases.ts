/** What `gradcheck` checks: every op at its samples, compositions, loops, and what `@org/nn` exports. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as core from "@org/core";
import { applyNode } from "../packages/core/src/graph/op.ts";
import type { Sample } from "../packages/core/test/samples/arrays.ts";
import { samplesOf } from "../packages/core/test/samples/samples.ts";

/** Random numbers of one run. */
export interface Run {
  /** 0 for the first run, which takes the points as they are. */
  readonly index: number;
  uniform(): number;
}

export interface Problem {
  readonly outputs: core.Tensor | readonly core.Tensor[];
  readonly wrt: Readonly<Record<string, core.Tensor>>;
}

export interface Case {
  readonly group: string;
  readonly name: string;
  /** One problem per point. */
  problems(run: Run): readonly Problem[];
}

type Value = core.NDArray;

const opsFolder = join(import.meta.dirname, "../packages/core/src/ops");

/** Ops whose gradient is not the derivative on purpose; they stand among the compositions instead. */
const onPurpose = new Set(["stopGradient", "customGradient"]);

/** The records of every file in `ops/`. */
export async function opCases(): Promise<Case[]> {
  const files = readdirSync(opsFolder).filter((file) => file.endsWith(".ts"));
  const modules = await Promise.all(
    files.map((file) => import(join(opsFolder, file)) as Promise<Record<string, unknown>>),
  );
  const records = new Set(modules.flatMap((module) => Object.values(module).filter(isOp)));
  return [...records]
    .filter((op) => !onPurpose.has(op.name))
    .map((op) => ({
      group: "ops",
      name: op.name,
      problems: (run) => samplesOf(op).flatMap((s) => problem(op, s, run)),
    }));
}

const isOp = (value: unknown): value is core.Op =>
  typeof value === "object" && value !== null && "pull" in value && "infer" in value;

const isFloat = ({ dtype }: Value): boolean => dtype === "f32" || dtype === "f64";

/** An op at a sample whose floats are of a size that differences can be taken of. */
function problem(op: core.Op, { operands, attributes }: Sample, run: Run): Problem[] {
  const floats = operands.filter(isFloat);
  const moderate = floats.every(({ data }) =>
    data.every((value) => Number.isFinite(value) && Math.abs(value) <= 100),
  );
  if (!moderate || floats.length === 0) return [];
  const tensors = operands.map((value, i) =>
    isFloat(value) ? core.parameter(`operand ${i}`, displaced(value, run), "f64") : core.constant(value),
  );
  const node = applyNode(op, tensors, attributes);
  const outputs = node.results
    .map((_, i) => node.result(i))
    .filter(({ dtype }) => dtype === "f32" || dtype === "f64");
  if (outputs.length === 0) return [];
  const wrt = tensors
    .filter((tensor) => tensor instanceof core.Parameter)
    .map((tensor) => [tensor.name!, tensor]);
  return [{ outputs, wrt: Object.fromEntries(wrt) }];
}

function displaced({ shape, data }: Value, { index, uniform }: Run): Value {
  const moved = Float64Array.from(data, (value) =>
    index === 0 ? value : value + (0.02 + 0.2 * Math.abs(value)) * (uniform() - 0.5),
  );
  return core.array(moved, { shape });
}

/** Values of either sign, a parameter of a case. */
export const drawn =
  (run: Run) =>
  (name: string, shape: readonly number[], scale = 1): core.Parameter => {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = Float64Array.from({ length: size }, () => scale * (2 * run.uniform() - 1));
    return core.parameter(name, core.array(values, { shape }));
  };

type Build = (draw: ReturnType<typeof drawn>) => Problem;

const one =
  (shape: readonly number[], f: (x: core.Tensor) => core.Tensor): Build =>
  (draw) => {
    const x = draw("x", shape);
    return { outputs: f(x), wrt: { x } };
  };

const two =
  (a: readonly number[], b: readonly number[], f: (a: core.Tensor, b: core.Tensor) => core.Tensor): Build =>
  (draw) => {
    const wrt = { a: draw("a", a), b: draw("b", b) };
    return { outputs: f(wrt.a, wrt.b), wrt };
  };

const compositions: Record<string, Build> = {
  clip: one([5], (x) => core.clip(x, { low: -0.5, high: 0.5 })),
  elu: one([5], (x) => core.elu(x)),
  gelu: one([5], core.gelu),
  leakyRelu: one([5], (x) => core.leakyRelu(x)),
  selu: one([5], core.selu),
  silu: one([5], core.silu),
  mean: one([2, 3], (x) => core.mean(x, { axis: 1 })),
  variance: one([2, 3], (x) => core.variance(x, { axis: 1 })),
  norm: one([2, 3], (x) => core.norm(x, { axis: 1 })),
  prod: one([2, 3], (x) => core.prod(x, { axis: 1 })),
  logSumExp: one([2, 3], (x) => core.logSumExp(x, { axis: 1 })),
  softmax: one([2, 3], (x) => core.softmax(x)),
  logSoftmax: one([2, 3], (x) => core.logSoftmax(x)),
  dot: two([4], [4], core.dot),
  outer: two([2], [3], core.outer),
  einsum: two([2, 3], [3, 2], (a, b) => core.einsum("ij,jk->ki", a, b)),
  "matmul, batched": two([2, 2, 3], [3, 2], core.matmul),
  "broadcast add": two([2, 1], [3], core.add),
  "broadcast div": two([2, 1], [3], (a, b) => core.div(a, core.add(core.square(b), 1))),
  split: one([4], (x) => core.mul(core.split(x, 2)[0]!, core.split(x, 2)[1]!)),
  stack: two([2], [2], (a, b) => core.square(core.stack([a, b, a]))),
  tile: one([2], (x) => core.square(core.tile(x, [3]))),
  repeat: one([2], (x) => core.square(core.repeat(x, 2))),
  takeAlong: one([2, 3], (x) =>
    core.square(core.takeAlong(x, core.argmax(x, { axis: 1, keepDims: true }), { axis: 1 })),
  ),
  conv2d: two([1, 2, 4, 4], [2, 2, 3, 3], (x, w) => core.conv2d(x, w)),
  maxPool2d: one([1, 1, 4, 4], (x) => core.maxPool2d(x, [2, 2])),
  avgPool2d: one([1, 1, 4, 4], (x) => core.avgPool2d(x, [2, 2])),
  "gradient in a loss": one([3], (x) => core.sum(core.square(core.grad(core.sum(core.tanh(x)), x)))),
  stopGradient: one([3], (x) => core.mul(x, core.stopGradient(core.square(x)))),
  customGradient: one(
    [3],
    core.customGradient<[core.Tensor]>(
      (x) => core.softplus(x),
      (g, _, [x]) => [core.mul(g, core.sigmoid(x))],
    ),
  ),
};

const SIZE = 2;

/** A recurrent network of three steps, as a scan with options. */
const recurrence =
  (options: { reverse?: boolean; checkpoint?: "sqrt" | number }): Build =>
  (draw) => {
    const wrt = { w: draw("w", [SIZE, SIZE]), h: draw("h", [1, SIZE]), xs: draw("xs", [3, 1, SIZE]) };
    const { carry, ys } = core.scan(
      (h: core.Tensor, x: core.Tensor) => {
        const next = core.tanh(core.add(core.matmul(h, wrt.w), x));
        return { carry: next, y: core.square(next) };
      },
      { init: wrt.h, xs: wrt.xs, ...options },
    );
    return { outputs: [carry, ys as core.Tensor], wrt };
  };

const loops: Record<string, Build> = {
  scan: recurrence({}),
  "scan, reverse": recurrence({ reverse: true }),
  "scan, checkpoint 2": recurrence({ checkpoint: 2 }),
  "scan, checkpoint sqrt": recurrence({ checkpoint: "sqrt" }),
  "scan, 0 steps": one(
    [SIZE],
    (x) => core.scan((h) => ({ carry: core.tanh(h) }), { init: x, length: 0 }).carry,
  ),
  "scan in a scan": two([SIZE], [SIZE], (a, b) => {
    const inner = (h: core.Tensor) =>
      core.scan((k) => ({ carry: core.mul(core.tanh(k), b) }), { init: h, length: 2 }).carry;
    return core.scan((h) => ({ carry: core.sub(inner(h), a) }), { init: a, length: 2 }).carry;
  }),
  checkpoint: one([3], (x) => core.checkpoint((t: core.Tensor) => core.tanh(core.square(t)))(x)),
};

const casesOf = (group: string, builds: Record<string, Build>): Case[] =>
  Object.entries(builds).map(([name, build]) => ({ group, name, problems: (run) => [build(drawn(run))] }));

export const graphCases: readonly Case[] = [
  ...casesOf("functions", compositions),
  ...casesOf("loops", loops),
];
