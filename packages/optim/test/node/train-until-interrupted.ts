/** A process for Ctrl-C: trains until it is asked to stop, and says how it ended. */
import { train } from "@org/optim";
import { checkpointFolder, interruptible } from "@org/optim/node";
import { batches, regression } from "../training/regression.ts";

const { state, step } = regression();
const { ended, step: made } = await interruptible((signal) =>
  train({
    step,
    data: batches,
    steps: 10_000_000,
    signal,
    checkpoint: { store: checkpointFolder(process.argv[2] ?? "."), state, every: 10_000_000 },
    callbacks: [{ step: ({ step }) => void (step === 5 && process.stdout.write("ready\n")) }],
  }),
);
process.stdout.write(`${ended} after ${made}\n`);
if (process.argv[3] === "linger") setInterval(() => {}, 1000);
