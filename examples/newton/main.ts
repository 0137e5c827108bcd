/**
 * A tanh network learns what Adam did not teach it: Newton's steps, by conjugate gradients, in a dozen of them.
 *
 * Two marks stand among noise, and their order is asked for at the end (task 6a of Hochreiter & Schmidhuber 1997). The
 * gradient that comes back through a plain RNN is tiny, but the curvature in those directions is tiny as well, and it is
 * the quotient of the two that Newton's method follows. Each step solves (G + λ D) d = -∂L/∂w by conjugate gradients, from
 * products with the Gauss–Newton matrix G alone: no matrix is ever made. D damps: the identity, and where states are damped
 * too (Martens & Sutskever 2011, section 3.1) what a step would change in them, μ JᵀJ. λ follows how well the quadratic
 * predicted (Levenberg & Marquardt). Beside it Adam, at two rates, by steps and by time; where Adam is faster, it says so.
 * Sources: Martens 2010, "Deep learning via Hessian-free optimization"; Martens & Sutskever 2011, "Learning recurrent neural
 * networks with Hessian-free optimization", who train the same network on the same task.
 */
import assert from "node:assert/strict";
import { train } from "@org/optim";
import { progressBar } from "@org/optim/node";
import { lineChart } from "@org/viz";
import { drawBatch, tasks } from "../shared/memory-tasks.ts";
import { savePicture } from "../shared/pictures.ts";
import { randomFrom } from "../shared/random.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { adamStep, type Network, network, newtonStep, tested } from "./methods.ts";

const quick = process.argv.includes("--quick");
const lengths = quick ? [30] : [25, 50];
const seeds = quick ? [1] : [1, 2];
const enough = 0.95;

/** Adam looks at 16 sequences in a step and is tested now and then, Newton's method looks at many. */
const byAdam = (rate: number) => ({
  name: `Adam, rate ${rate}`,
  most: quick ? 400 : 2000,
  batch: 16,
  every: 50,
  step: (net: Network) => adamStep(net, 16, rate),
});
const few = quick ? 256 : 512;
const byNewton = (name: string, damping: number) => ({
  name,
  most: quick ? 12 : 24,
  batch: few,
  every: 1,
  step: (net: Network) => newtonStep(net, few, damping),
});
const methods = [byAdam(0.003), byAdam(0.01), byNewton("Newton", 0), byNewton("Newton, states damped", 0.1)];

interface Run {
  readonly length: number;
  readonly name: string;
  readonly best: number;
  /** The steps and seconds until it has learned; infinity: never. */
  readonly needed: number;
  readonly seconds: number;
  readonly trace: readonly { seconds: number; right: number }[];
}
function learn(
  length: number,
  seed: number,
  { name, most, batch, every, step }: (typeof methods)[number],
): Run {
  const net = network(length, seed);
  const advance = step(net);
  const random = randomFrom(seed);
  const trace: { seconds: number; right: number }[] = [];
  let seconds = 0;
  for (let i = 1; i <= most; i++) {
    const data = drawBatch(tasks.order, length, batch, random);
    const start = process.cpuUsage();
    advance(data);
    const { user, system } = process.cpuUsage(start);
    seconds += (user + system) / 1e6;
    if (i % every > 0) continue;
    trace.push({ seconds, right: net.measure() });
    if (trace.at(-1)!.right >= enough)
      return { length, name, best: trace.at(-1)!.right, needed: i, seconds, trace };
  }
  const best = Math.max(...trace.map(({ right }) => right));
  return { length, name, best, needed: Number.POSITIVE_INFINITY, seconds, trace };
}

const runs: Run[] = [];
await train({
  data: lengths.flatMap((length) =>
    methods.flatMap((method) => seeds.map((seed) => ({ length, method, seed }))),
  ),
  epochs: 1,
  step({ length, method, seed }) {
    runs.push(learn(length, seed, method));
    return { right: 100 * runs.at(-1)!.best };
  },
  callbacks: [
    progressBar({
      describe: ({ metrics }) =>
        `${runs.at(-1)!.name}, ${runs.at(-1)!.length} steps: ${metrics.right?.toFixed(0)} % right`,
    }),
  ],
});
const of = (length: number, name: string): Run[] =>
  runs.filter((run) => run.length === length && run.name === name);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);
const rows = lengths.flatMap((length) =>
  methods.map(({ name, batch }) => {
    const all = of(length, name);
    const solved = all.filter(({ needed }) => Number.isFinite(needed));
    const average = (value: (run: Run) => number, digits: number): string =>
      solved.length > 0 ? mean(solved.map(value)).toFixed(digits) : "–";
    return [
      length,
      name,
      `${solved.length} of ${all.length}`,
      average(({ needed }) => needed, 0),
      average(({ needed }) => needed * batch, 0),
      average(({ seconds }) => seconds, 1),
      Math.round(100 * mean(all.map(({ best }) => best))),
      Number(mean(all.map(({ seconds }) => seconds)).toFixed(1)),
    ] as const;
  }),
);
console.log(`\nlearned: ${100 * enough} % of ${tested} sequences are right, guessing has 25 %`);
console.log(
  table(
    ["steps back", "method", "learned", "after steps", "sequences", "seconds", "right, %", "seconds in all"],
    rows,
  ),
);

const longest = lengths.at(-1)!;
const learnedBy = (name: string): Run[] => of(longest, name).filter(({ needed }) => Number.isFinite(needed));
const [slow, fast] = ["Adam, rate 0.003", "Newton, states damped"].map(learnedBy) as [Run[], Run[]];
assert(fast.length > 0, `no seed learned ${longest} steps by Newton's method`);
assert(quick || fast.length > slow.length, `Adam learned ${longest} steps as often as Newton's method`);
const sooner = lengths.filter((length) => {
  const [a, b] = ["Adam, rate 0.003", "Newton, states damped"].map((name) =>
    mean(of(length, name).map(({ seconds }) => seconds)),
  );
  return mean(of(length, "Adam, rate 0.003").map(({ best }) => best)) >= enough && a! < b!;
});
if (sooner.length > 0)
  console.log(`over ${sooner.join(", ")} steps Adam is there sooner, in many more steps`);

savePicture(
  "newton",
  "order.svg",
  await lineChart(
    methods.map(({ name }) => {
      const { trace } = of(longest, name)[0]!;
      return { name, x: trace.map(({ seconds }) => seconds), y: trace.map(({ right }) => 100 * right) };
    }),
    { title: `The order of two marks, ${longest} steps`, xLabel: "seconds of training", yLabel: "right, %" },
  ),
);
saveResults("newton", {
  seeds: seeds.length,
  picture: "order.svg",
  results: [
    {
      metric: `steps until 95 % of orders over ${longest} steps are right, Gauss–Newton, tanh RNN`,
      value: `${mean(fast.map(({ needed }) => needed)).toFixed(0)} (${fast.length} of ${seeds.length} seeds)`,
      baseline: `${slow.length > 0 ? mean(slow.map(({ needed }) => needed)).toFixed(0) : `not in ${methods[0]!.most}`}, Adam`,
    },
  ],
});
