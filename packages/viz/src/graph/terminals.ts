import type { Tensor } from "@org/core";
import { isFloat } from "./describe.ts";
import { partShape, showShape, subscripted } from "./labels.ts";
import { isStack } from "./read-through.ts";
import type { Vertex } from "./vertex.ts";

const losses: ReadonlySet<string> = new Set([
  "crossEntropy",
  "binaryCrossEntropy",
  "klDivergence",
  "mse",
  "l1",
  "huber",
]);

/**
 * The outputs of a graph as squares of their own, each behind the operation that makes it; what loops give as one for
 * each step that is shown. An optimizer's outputs are parameters, which have a place already.
 */
export function addTerminals(
  vertices: Vertex[],
  roots: readonly Vertex[],
  tensors: readonly Tensor[],
  gradients: boolean,
): { vertices: Vertex[]; roots: Vertex[] } {
  const made = new Map<Vertex, Vertex[]>();
  roots.forEach((root, i) => {
    const updated = root.groups.some(({ name }) => name === "optimizer");
    if (made.has(root) || updated || !["operator", "loop", "cell"].includes(root.kind)) {
      if (!made.has(root)) made.set(root, [root]);
      return;
    }
    const tensor = tensors[i]!;
    const isLoss =
      tensor.shape.length === 0 &&
      isFloat(tensor) &&
      (gradients || root.groups.some(({ name }) => losses.has(name)));
    const name =
      tensor.name ?? (isLoss && !root.derived ? "loss" : roots.length === 1 ? "output" : `output ${i + 1}`);
    made.set(
      root,
      isStack(root) ? perStep(root, tensor, name, i) : [terminal(root, tensor, name, `out${i}`)],
    );
  });
  const added = [...made.values()].flat().filter(({ terminal }) => terminal);
  return { vertices: [...vertices, ...added], roots: roots.flatMap((root) => made.get(root)!) };
}

function terminal(from: Vertex, tensor: Tensor, label: string, key: string): Vertex {
  const { stage, step, times, derived, after } = from;
  return {
    kind: "variable",
    label,
    caption: showShape(tensor.shape),
    key,
    inputs: [{ from, float: isFloat(tensor) }],
    node: undefined,
    tensor,
    derived,
    stage,
    step,
    fixed: true,
    groups: [],
    terminal: true,
    ...(times !== undefined && { times }),
    ...(after !== undefined && { after }),
  };
}

function perStep({ rows = [], rest }: Vertex, tensor: Tensor, name: string, i: number): Vertex[] {
  const block = tensor.shape[0]! / rows.length;
  const rolled = rows.length > 1 && rows[0] === rows[1];
  const label = name.startsWith("output") ? "y" : name;
  const steps = (rolled ? rows.slice(0, 1) : rows).flatMap((row, t): Vertex[] => {
    if (!row) return [];
    const one = terminal(row, tensor, subscripted(label, rolled ? "t" : t), `out${i}`);
    return [
      {
        ...one,
        caption: showShape(partShape(tensor.shape, [t * block, (t + 1) * block])),
        part: [t * block, (t + 1) * block],
      },
    ];
  });
  return rest ? [...steps, { ...terminal(rest, tensor, label, `out${i} more`), caption: "" }] : steps;
}
