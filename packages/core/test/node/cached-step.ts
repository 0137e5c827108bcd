/** A training step with a cache, for tests; run as a program, it says whether it was found in a folder, and the losses. */
import {
  add,
  compile,
  constant,
  createRuntime,
  grad,
  input,
  matmul,
  mul,
  parameter,
  scan,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  type Update,
} from "../../src/index.ts";
import { folderCache } from "../../src/node/index.ts";
import type { ProgramCache } from "../../src/targets/wasm/runtime/program-cache.ts";

/** A training step of a small network that looks rows up, with the values that its weights begin with. */
export function trainingStep(): {
  readonly inputs: { readonly ids: Tensor };
  readonly outputs: { readonly loss: Tensor };
  readonly updates: readonly Update[];
} {
  const ids = input("ids", [5], "i32");
  const [table, w] = [
    parameter("table", [[0.1, 0.2], [0.3, -0.4], [0.5, 0.1]]),
    parameter("w", [[0.2, -0.1], [0.4, 0.3]]),
  ]; // biome-ignore format: matrices
  const { ys } = scan(
    (h: Tensor, id: Tensor) => {
      const next = tanh(add(matmul(h, w), take(table, id)));
      return { carry: next, y: next };
    },
    { init: constant([0, 0]), xs: ids },
  );
  const loss = sum(mul(ys, [1, 0.5]));
  const parameters = { table, w };
  const gradients = grad(loss, parameters);
  const updates = (["table", "w"] as const).map((name) => [parameters[name], sub(parameters[name], mul(0.1, gradients[name]))] as const); // biome-ignore format: one line
  return { inputs: { ids }, outputs: { loss }, updates };
}

/** The same cache, which counts the programs that were found in it. */
export function counting(cache: ProgramCache): ProgramCache & { found(): number } {
  let found = 0;
  return {
    found: () => found,
    entry(runtime, draft) {
      const entry = cache.entry(runtime, draft);
      return (
        entry && {
          restore(make, anew) {
            const job = entry.restore(make, anew);
            if (job) found++;
            return job;
          },
          keep: (program) => entry.keep(program),
        }
      );
    },
  };
}

const [, program, folder] = process.argv;
if (folder && program?.endsWith("cached-step.ts")) {
  const cache = counting(folderCache(folder));
  const step = compile({ ...trainingStep(), runtime: createRuntime({ cache }) });
  const losses = [1, 2, 3].map(() => step({ ids: Int32Array.of(0, 1, 2, 1, 0) }).loss.item());
  process.stdout.write(`${cache.found() === 1 ? "found" : "compiled"} ${losses}`);
}
