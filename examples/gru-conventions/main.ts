/**
 * Update gates that keep or write are one network; reset gates before and after the product are two.
 *
 * Where books disagree about the GRU, and what follows (rows E1 and E2).
 * - The update gate: `h = (1-z) ⊙ h + z ⊙ h̃` in some ("write": z says how much is written), `h = z ⊙ h + (1-z) ⊙ h̃` in
 *   others ("keep"). Since 1 - σ(a) = σ(-a), the two are one network whose gate has weights of the other sign: the same
 *   values, the same gradients, the same training.
 * - The reset gate: `(r ⊙ h) W` (before the product: Cho et al. 2014) or `r ⊙ (h W)` (after: cuDNN, PyTorch, Keras). These
 *   are two networks. No weights make one of the other, only training does.
 * Sources: Cho et al. 2014, arXiv:1406.1078, equations 5 to 8; Chung et al. 2014, arXiv:1412.3555, equation 6.
 */
import assert from "node:assert/strict";
import { array, compile, constant, evaluate, grad, input, type NDArray, neg, norm, sub } from "@org/core";
import { GRUCell, type GRUCellOptions, init, Linear, mse, parameters, recurrent } from "@org/nn";
import { adam, minimize } from "@org/optim";
import { cellDiagram, lineChart } from "@org/viz";
import { savePicture } from "../shared/pictures.ts";
import { saveResults } from "../shared/result.ts";
import { table } from "../shared/table.ts";

type Convention = Pick<GRUCellOptions, "update" | "reset">;
const steps = process.argv.includes("--quick") ? 150 : 600;
const [time, batch, hidden] = [20, 32, 12];
const updateGate = /W_xz|W_hz|b_z/;

/** The same first weights in every convention; `turned` gives those of the update gate the other sign. */
function network(convention: Convention, turned = false) {
  const cell = new GRUCell({ inputSize: 1, hiddenSize: hidden, seed: 1, dtype: "f64", ...convention });
  const head = new Linear({ inputSize: hidden, outputSize: 1, seed: 2, dtype: "f64" });
  for (const [name, parameter] of Object.entries(cell.parameters)) {
    if (turned && updateGate.test(name)) parameter.value = evaluate(neg(parameter));
  }
  const xs = input("xs", [time, batch, 1], "f64");
  const ys = input("ys", [batch, 1], "f64");
  const loss = mse(head.apply(recurrent(cell, xs).state.h), ys);
  const step = compile({
    inputs: { xs, ys },
    outputs: { loss },
    updates: minimize(loss, parameters({ cell, head }), adam({ learningRate: 0.01 })),
  });
  return { cell, loss, step };
}

/** A running mean that forgets: what a gate is for. */
function draw(seed: number): { xs: NDArray; ys: NDArray } {
  const xs = init.uniform([time, batch, 1], { seed, dtype: "f64" });
  const ys = Float64Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (_, t) => xs.data[t * batch + b]!).reduce((y, x) => 0.9 * y + 0.3 * x, 0),
  );
  return { xs, ys: array(ys, { shape: [batch, 1] }) };
}

const apart = (a: NDArray, b: NDArray): number => evaluate(norm(sub(a, b))).item();
const train = ({ step }: ReturnType<typeof network>): number[] =>
  Array.from({ length: steps }, (_, i) => step(draw(100 + i)).loss.item());

// Values and gradients before any training.
const keep = network({ update: "keep", reset: "before" });
const write = network({ update: "write", reset: "before" }, true);
const feeds = draw(1);
const [gKeep, gWrite] = [keep, write].map(({ loss, cell }) => evaluate(grad(loss, cell.parameters), feeds));
const differences = Object.keys(keep.cell.parameters).map((name) => {
  const [a, b] = [gKeep, gWrite].map((g) => (g as Record<string, NDArray>)[name]!);
  return apart(a!, updateGate.test(name) ? evaluate(neg(constant(b!))) : b!);
});
const values = Math.abs(evaluate(keep.loss, feeds).item() - evaluate(write.loss, feeds).item());
console.log(`update "keep" against "write" with -W_xz, -W_hz, -b_z`);
console.log(
  `  losses differ by ${values.toExponential(1)}, gradients by at most ${Math.max(...differences).toExponential(1)}`,
);
assert(values < 1e-14 && Math.max(...differences) < 1e-13, "the two conventions are not one network");

// Training, and the reset gate on the other side of the product.
const after = network({ update: "keep", reset: "after" });
const curves = { "keep, before": train(keep), "write, before": train(write), "keep, after": train(after) };
const mean = (losses: readonly number[]): number =>
  losses.slice(-50).reduce((sum, loss) => sum + loss / 50, 0);
const answers = Array.from({ length: 20 }, (_, i) => [...draw(5000 + i).ys.data]).flat();
const baseline = answers.reduce((sum, y) => sum + y ** 2 / answers.length, 0);
console.log(`\nafter ${steps} steps (always saying 0 costs ${baseline.toFixed(3)})`);
console.log(
  table(
    ["update, reset", "first loss", "last 50 steps"],
    Object.entries(curves).map(([name, losses]) => [
      name,
      Number(losses[0]!.toFixed(6)),
      Number(mean(losses).toFixed(6)),
    ]),
  ),
);
const gap = Math.max(
  ...curves["keep, before"].map((loss, i) => Math.abs(loss - curves["write, before"][i]!)),
);
assert(gap < 1e-6, `after training, "keep" and "write" differ by ${gap}`);
const reset = Math.max(
  ...curves["keep, before"].map((loss, i) => Math.abs(loss - curves["keep, after"][i]!)),
);
assert(reset > 1e-4, "the reset gate before and after the product made one network");
for (const [name, losses] of Object.entries(curves)) {
  assert(mean(losses) < 0.2 * baseline, `${name} learned no more than the mean`);
}

savePicture(
  "gru-conventions",
  "losses.svg",
  await lineChart(
    Object.entries(curves).map(([name, y]) => ({ name, y })),
    { title: "One network, and another one", xLabel: "step", yLabel: "loss", logY: true },
  ),
);
savePicture("gru-conventions", "gru.svg", await cellDiagram("gru"));
saveResults("gru-conventions", {
  seeds: 1,
  picture: "losses.svg",
  results: [
    {
      metric: `largest difference of losses in ${steps} steps, "keep" against "write"`,
      value: gap.toExponential(1),
      baseline: `${reset.toExponential(1)}, reset before against after`,
    },
  ],
});
