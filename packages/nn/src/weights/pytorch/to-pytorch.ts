import { GraphError, type NDArray } from "@org/core";
import { targetsIn } from "./targets-in.ts";

/**
 * A model's parameters as PyTorch's `state_dict()` names and stacks them: what `fromPyTorch` reads, which sets another
 * model of the same kind to the very same values. `saveTensors` makes a file of it that `safetensors.torch.load_file` reads.
 * Where a block has one bias and PyTorch two, `bias_hh` is zero.
 * @throws GraphError that lists every layer that PyTorch has no like of
 * @example
 * const head = new Linear({ inputSize: 2, outputSize: 1, seed: 1 });
 * head.parameters.W.value = [[1], [2]];
 * toPyTorch({ head })["head.weight"]; // → [[1, 2]]
 * const bytes = saveTensors(toPyTorch({ head }));
 * toPyTorch(new EchoStateCell({ inputSize: 1, hiddenSize: 2, connections: 1, seed: 1 })); // → {}
 */
export function toPyTorch(model: unknown): Record<string, NDArray> {
  const differences: string[] = [];
  const record: Record<string, NDArray> = {};
  for (const [path, target] of targetsIn("toPyTorch", model, differences)) {
    for (const [own, value] of Object.entries(target.values())) {
      record[[path, own].filter(Boolean).join(".")] = value;
    }
  }
  if (differences.length === 0) return record;
  throw new GraphError({ op: "toPyTorch", problem: differences.join("\n  ") });
}
