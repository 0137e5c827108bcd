/**
 * How far back can each network remember? Five tasks, seven memories, and who is told in time (row D06).
 *
 * Three motives for gates (row B23): remember the first symbol, skip noise, forget at a mark. And two classics: the order of
 * two marks, and adding two marked numbers. One answer at the end of 20 to 200 steps, the same Adam for all, 16,000 sequences
 * at most; a task is learned where 95 % of a test are right, adding within 0.1 (row D20: the limits in numbers). Tanh RNNs
 * stand here with and without clipping, and with a penalty on norms that change on the way back; ReLU RNNs begin at the
 * identity; chrono LSTMs have gate biases for as long a time as the task takes. An echo state network learns nothing but its
 * read-out. The gradient at the first state beside that at the last says beforehand who will learn.
 * `--grid` is all of it: five seeds, lengths 20, 50, 100 and 200, every network; about an hour of one core.
 * Sources: Hochreiter & Schmidhuber 1997, "Long short-term memory", tasks 4 and 6a; Pascanu, Mikolov & Bengio 2013, "On the
 * difficulty of training recurrent neural networks"; Le, Jaitly & Hinton 2015, arXiv:1504.00941 (ReLU from the identity);
 * Tallec & Ollivier 2018, arXiv:1804.11188 (chrono).
 */
import assert from "node:assert/strict";
import { train } from "@org/optim";
import { progressBar } from "@org/optim/node";
import { lineChart } from "@org/viz";
import { type TaskName, tasks } from "../shared/memory-tasks.ts";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";
import { echoState, learners, mean, type Outcome, type Plan } from "./learning.ts";
import { networks } from "./networks.ts";

/** One line of the table. */
interface Line {
  readonly task: TaskName;
  readonly length: number;
  readonly network: string;
  readonly seeds: number;
}

const [quick, grid] = ["--quick", "--grid"].map((flag) => process.argv.includes(flag));
const plan: Plan = { batch: 16, most: quick ? 4800 : 16_000, learningRate: 0.01 };
const everyTask = Object.keys(tasks) as TaskName[];
const reservoir = "echo state";
const everyNetwork = [...Object.keys(networks), reservoir];

function lines(
  tasks: readonly TaskName[],
  length: number,
  networks: readonly string[],
  seeds: number,
): Line[] {
  return tasks.flatMap((task) => networks.map((network) => ({ task, length, network, seeds })));
}
const plain = everyNetwork.filter((name) => !name.startsWith("tanh RNN,"));
const chosen = quick
  ? lines(["order", "forget"], 20, ["tanh RNN", "GRU", "LSTM, chrono"], 1)
  : grid
    ? [20, 50, 100, 200].flatMap((length) => lines(everyTask, length, everyNetwork, 5))
    : [
        ...lines(everyTask, 20, plain, 2),
        ...lines(["order"], 100, ["LSTM, chrono"], 5),
        ...lines(
          ["order"],
          100,
          ["tanh RNN", "tanh RNN, not clipped", "tanh RNN, norms preserved", "GRU"],
          1,
        ),
        ...lines(["adding"], 100, ["LSTM, chrono"], 2),
      ];

const results: (Line & { runs: readonly Outcome[] })[] = [];
await train({
  data: chosen,
  epochs: 1,
  step(line) {
    const { task, length, network, seeds } = line;
    const learn =
      network === reservoir
        ? echoState(tasks[task], length, plan)
        : learners(tasks[task], length, networks[network]!, plan);
    const runs = Array.from({ length: seeds }, (_, i) => learn(i + 1));
    results.push({ ...line, runs });
    return { right: 100 * mean(runs.map(({ best }) => best)) };
  },
  callbacks: [
    progressBar({
      describe({ metrics }) {
        const { task, length, network } = results.at(-1)!;
        return `${task}, ${length} steps, ${network}: ${metrics.right?.toFixed(0)} % right`;
      },
    }),
  ],
});

const solved = (runs: readonly Outcome[]): number[] =>
  runs.map(({ needed }) => needed).filter((needed) => Number.isFinite(needed));
const first = (runs: readonly Outcome[], when: 0 | 1): string =>
  runs[0]?.flow ? mean(runs.map(({ flow }) => flow![when][0]!)).toExponential(0) : "";
console.log(`\nat most ${plan.most} sequences; learned: 95 % of a test are right`);
console.log(
  table(
    [
      "task",
      "steps",
      "network",
      "learned",
      "sequences",
      "right, %",
      "lazy, %",
      "∂L/∂h₁ : ∂L/∂h_T",
      "trained",
    ],
    results.map(({ task, length, network, runs }) => [
      task,
      length,
      network,
      `${solved(runs).length} of ${runs.length}`,
      solved(runs).length > 0 ? `${Math.round(mean(solved(runs)))}` : "–",
      Math.round(100 * mean(runs.map(({ best }) => best))),
      Math.round(100 * tasks[task].chance),
      first(runs, 0),
      first(runs, 1),
    ]),
  ),
);
console.log(`published, LSTM of 1997, to the last sequence right, one by one: order at 100 to 110 steps 31390 sequences,
adding at 100 to 110 steps 74000 (Hochreiter & Schmidhuber 1997, tables 7 and 9)`);

const at = (task: TaskName, length: number, network: string) =>
  results.find((one) => one.task === task && one.length === length && one.network === network);
for (const { task, runs, network } of results.filter(({ length }) => length === 20)) {
  const best = mean(runs.map((run) => run.best));
  if (network === "LSTM, chrono" || (network === "GRU" && task !== "first" && task !== "adding"))
    assert(best > tasks[task].chance + 0.4, `${network} learned ${task} of 20 steps to ${best} only`);
}
const longest = quick ? 20 : 100;
const gated = at("order", longest, "LSTM, chrono")!;
assert(solved(gated.runs).length === gated.runs.length, "a chrono LSTM did not learn the order");
const ungated = at("order", longest, "tanh RNN")!;
if (!quick)
  assert(solved(ungated.runs).length < ungated.runs.length, "a tanh RNN learned it too: no gates are needed");

const curves = ["tanh RNN", "GRU", "LSTM, chrono"].flatMap((network) => {
  const flow = at("order", longest, network)?.runs[0]?.flow;
  const moments = ["untrained", "trained"].slice(0, network === "LSTM, chrono" ? 2 : 1);
  return moments.map((moment, i) => ({
    name: `${network}, ${moment}`,
    x: flow![i]!.map((_, t) => t + 1),
    y: flow![i]!,
  }));
});
savePicture(
  "memory",
  "flow.svg",
  await lineChart(curves, {
    title: `What arrives at each of ${longest} states`,
    xLabel: "time step",
    yLabel: "‖∂L/∂hₜ‖ relative to the last",
    logY: true,
  }),
);
const sequences = solved(gated.runs);
saveResults("memory", {
  seeds: gated.runs.length,
  picture: "flow.svg",
  results: [
    {
      metric: `sequences until 95 % of temporal orders over ${longest} steps are right, chrono LSTM, ${sequences.length} of ${gated.runs.length} seeds`,
      value: Math.round(mean(sequences)),
      baseline: `${Math.round(100 * mean(ungated.runs.map(({ best }) => best)))} % right at most, a tanh RNN with ${plan.most}`,
      published: "31,390 on average, to the last one right (Hochreiter & Schmidhuber 1997, table 9)",
    },
  ],
});
