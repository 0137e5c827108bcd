/** One of several processes that train a GRU together; the last says what was learnt. `--die rank step` kills one on the way. */
import { writeFileSync } from "node:fs";
import {
  add,
  array,
  input,
  matmul,
  mean,
  type NDArray,
  parameter,
  saveTensors,
  scan,
  square,
  sub,
  type Tensor,
  tanh,
} from "@org/core";
import { adam, chain, clipByGlobalNorm, minimize, train } from "@org/optim";
import { checkpointFolder, dataParallel, joinProcesses, sharedStore } from "@org/optim/node";

const [time, batch, units] = [5, 8, 3];
const drawn = (shape: readonly number[], seed: number): NDArray => {
  const length = shape.reduce((a, b) => a * b, 1);
  return array(
    Float64Array.from({ length }, (_, i) => Math.sin(1.3 * i + 7 * seed)),
    { shape, dtype: "f64" },
  );
};

/** What all sequences of a step are, `[time, batch, 2]`; a process takes its rows. */
const xsAt = (step: number): NDArray => drawn([time, batch, 2], step);
const targetsAt = (step: number): NDArray => drawn([batch, units], 100 + step);
function rows(value: NDArray, axis: number, from: number, count: number): NDArray {
  const { shape, data } = value;
  const [length, inner] = [shape[axis]!, shape.slice(axis + 1).reduce((a, b) => a * b, 1)];
  const kept = Array.from(data).filter((_, i) => {
    const at = Math.floor(i / inner) % length;
    return at >= from && at < from + count;
  });
  return array(Float64Array.from(kept), {
    shape: shape.map((n, i) => (i === axis ? count : n)),
    dtype: "f64",
  });
}

async function trainTogether(steps: number, folder?: string, die?: readonly [rank: number, step: number]) {
  const group = await joinProcesses();
  const count = batch / group.size;
  const [x, target] = [input("x", [time, count, 2], "f64"), input("target", [count, units], "f64")];
  // Seeds differ: process 0's weights are everyone's.
  const weights = {
    U: parameter("U", drawn([2, units], 1 + group.rank)),
    W: parameter("W", drawn([units, units], 2 + group.rank)),
  };
  const step = (h: Tensor, x_t: Tensor) => ({
    carry: tanh(add(matmul(x_t, weights.U), matmul(h, weights.W))),
  });
  const { carry } = scan(step, {
    init: array(new Float64Array(count * units), { shape: [count, units] }),
    xs: x,
  });
  const loss = mean(square(sub(carry, target)));
  const updates = minimize(loss, weights, chain(clipByGlobalNorm(0.1), adam({ learningRate: 0.05 })));
  const parallel = await dataParallel({ inputs: { x, target }, outputs: { loss }, updates, group });
  let made = 0;
  await train({
    data: Array.from({ length: steps }, (_, i) => i),
    steps,
    step: async (i: number) => {
      if (die && die[0] === group.rank && die[1] === made) process.kill(process.pid, "SIGKILL");
      made++;
      return parallel({
        x: rows(xsAt(i), 1, group.rank * count, count),
        target: rows(targetsAt(i), 0, group.rank * count, count),
      });
    },
    ...(folder !== undefined && {
      checkpoint: {
        store: sharedStore(checkpointFolder(folder), group),
        state: { weights, optimizer: updates.state },
        every: 1,
      },
    }),
  });
  parallel.dispose();
  group.close();
  return { weights, rank: group.rank };
}

const [, , steps, out, die] = process.argv;
if (steps !== undefined && out !== undefined) {
  const at = die?.split(",").map(Number) as [number, number] | undefined;
  const { weights, rank } = await trainTogether(Number(steps), `${out}-checkpoints`, at);
  writeFileSync(`${out}-${rank}.safetensors`, saveTensors(weights));
}
