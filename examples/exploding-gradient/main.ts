/**
 * Without clipping the loss becomes NaN, and node and step are named; with clipping it learns (row D07).
 *
 * Gradients that explode, and what clipping does about it (Pascanu, Mikolov & Bengio 2013, section 3.2). A network of
 * rectified units learns to average forty numbers. Its recurrent weights are 1.1 times the identity, so the gradient
 * grows by about that factor with every step back in time. Without clipping, the first step throws the weights so far
 * away that the next one overflows; the watch for bad numbers says where. With clipping the same network learns.
 */
import assert from "node:assert/strict";
import {
  broadcastTo,
  compile,
  type Executable,
  math,
  mean,
  NumericError,
  parameter,
  randomUniform,
  scan,
  splitKey,
  type Tensor,
} from "@org/core";
import { init } from "@org/nn";
import {
  chain,
  clipByGlobalNorm,
  cosine,
  globalNorm,
  minimize,
  sgd,
  TrainingError,
  type Transform,
  train,
} from "@org/optim";
import { saveResults } from "../shared/result.ts";

const [time, batch, hidden] = [40, 16, 16];
const steps = 2000;

type Measured = Record<"loss" | "norm", Tensor>;

/** The training step of a network that has not learned anything yet. Each call draws other numbers. */
function network(transform: Transform, checkNumerics = false): Executable<Record<never, never>, Measured> {
  const weights = {
    W_x: parameter("W_x", init.glorotUniform([1, hidden], { seed: 1 })),
    W_h: parameter("W_h", init.identity([hidden, hidden], { scale: 1.1 })),
    W_y: parameter("W_y", init.glorotUniform([hidden, 1], { seed: 2 })),
  };
  const { W_x, W_h, W_y } = weights;
  const key = parameter("key", [0, 7], "i32");
  const [draw, next] = splitKey(key) as [Tensor, Tensor];
  const numbers = randomUniform(draw, [time, batch, 1]);
  const { carry: h } = scan(
    (h: Tensor, x: Tensor) => ({ carry: math`relu(${x} @ ${W_x} + ${h} @ ${W_h})` }),
    { init: broadcastTo(0, [batch, hidden]), xs: numbers },
  );
  const loss = mean(math`(${h} @ ${W_y} - ${mean(numbers, { axis: 0 })})^2`);
  const updates = minimize(loss, weights, transform);
  const norm = globalNorm(updates.gradients); // before clipping
  return compile({ outputs: { loss, norm }, updates: [...updates, [key, next]], checkNumerics });
}

/** Trains, shows some steps, and returns the losses, with the error that ended it. */
async function run(
  name: string,
  transform: Transform,
  checkNumerics = false,
): Promise<{ losses: number[]; error: unknown }> {
  console.log(`\n${name}`);
  const step = network(transform, checkNumerics);
  const losses: number[] = [];
  const show = (event: { step: number; metrics: Record<"loss" | "norm", number> }): void => {
    const { loss, norm } = event.metrics;
    losses.push(loss);
    if (event.step > 2 && event.step % 200 !== 0) return;
    console.log(
      `  step ${String(event.step).padStart(3)}: loss ${loss.toExponential(2)}, ‖gradient‖ ${norm.toExponential(2)}`,
    );
  };
  const data = Array.from({ length: steps }, () => ({}));
  const error = await train({ step, data, epochs: 1, callbacks: [{ step: show }] }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error)
    console.log(`  step ${String(losses.length + 1).padStart(3)}: ${error}`.replaceAll("\n", "\n    "));
  return { losses, error };
}

const plain = sgd({ learningRate: cosine(0.02, { steps }) });

const lost = await run("without clipping", plain);
assert(lost.error instanceof TrainingError);
assert.deepEqual([lost.error.step, lost.error.metric], [1, "loss"]);

const watched = await run("without clipping, watched", plain, true);
assert(watched.error instanceof NumericError);
const [at = -1] = watched.error.steps;
assert.equal(watched.losses.length, 1);
assert(at >= 0 && at < time, `the loop's step is ${at}`);
assert(watched.error.source, "it names a line of a source");

const clipped = await run("clipped to a norm of 1", chain(clipByGlobalNorm(1), plain));
assert.equal(clipped.error, undefined);
const rest = clipped.losses.slice(-50).reduce((sum, loss) => sum + loss / 50, 0);
console.log(`  the mean of the last 50 losses is ${rest.toExponential(2)}`);
const lazy = 1 / (12 * time); // the variance of the mean of so many numbers from 0 to 1: what it costs to say 1/2
assert(rest < lazy / 4, `the loss is still ${rest}; always saying 1/2 costs ${lazy}`);
saveResults("exploding-gradient", {
  seeds: 1,
  results: [
    {
      metric: "loss of the last 50 steps, clipped",
      value: rest.toExponential(1),
      baseline: `${lazy.toExponential(1)}, always 1/2; NaN after 1 step, without clipping`,
    },
  ],
});
