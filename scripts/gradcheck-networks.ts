/** Cells, layers and losses of `@org/nn` for `gradcheck`. */
import * as core from "@org/core";
import * as nn from "@org/nn";
import { type Case, drawn, type Problem } from "./gradcheck-cases.ts";

const exported: Readonly<Record<string, unknown>> = nn;

const INPUT = 2;
const HIDDEN = 2;
const BATCH = 2;

type Options = Record<string, unknown>;
type Draw = ReturnType<typeof drawn>;
/** Anything that an export may be: which names exist is known only when this runs. */
interface Made {
  readonly parameters: Record<string, core.Tensor>;
  initialState(batch: number): unknown;
  step(x: core.Tensor, state: unknown): unknown;
  apply(x: core.Tensor): unknown;
}

const make = (name: string, options: Options): Made =>
  new (exported[name] as new (options: Options) => Made)({ dtype: "f64", ...options });

const tensorsIn = (value: unknown): core.Tensor[] => {
  if (value instanceof core.Tensor) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(tensorsIn) : [];
};

const parametersOf = (model: unknown): Record<string, core.Tensor> => ({ ...nn.parameters(model as never) });

/** Two steps of a cell, from a state that is varied too. */
function cell(name: string, options: Options = {}) {
  return (draw: Draw): Problem => {
    const given = { seed: 3, inputSize: INPUT, hiddenSize: HIDDEN, ...options };
    const made = make(
      name,
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    );
    const x = draw("x", [BATCH, INPUT]);
    const zero = made.initialState(BATCH);
    const wrt: Record<string, core.Tensor> = { x, ...made.parameters };
    const fill = (value: unknown, path: string): unknown => {
      if (value instanceof core.Tensor) {
        wrt[path] = draw(path, value.shape, 0.8);
        return wrt[path];
      }
      return Object.fromEntries(Object.entries(value as object).map(([key, part]) => [key, fill(part, key)]));
    };
    let state = fill(zero, "state");
    for (let t = 0; t < 2; t++) state = made.step(x, state);
    return { outputs: tensorsIn(state), wrt };
  };
}

/** A layer applied to `[time, batch, input]`. */
function layer(name: string, options: Options, shape: readonly number[] = [3, BATCH, INPUT]) {
  return (draw: Draw): Problem => {
    const made = make(name, options);
    const x = draw("x", shape);
    const outputs = tensorsIn(made.apply(x));
    return { outputs, wrt: { x, ...parametersOf(made) } };
  };
}

function loss(name: string, shape: readonly number[]) {
  return (draw: Draw): Problem => {
    const [x, t] = [draw("x", shape), draw("t", shape)];
    const outputs = (exported[name] as (x: core.Tensor, t: core.Tensor) => core.Tensor)(
      x,
      core.stopGradient(t),
    );
    return { outputs, wrt: { x } };
  };
}

const recurrentLayer = { seed: 3, inputSize: INPUT, hiddenSize: HIDDEN };

const builds: Record<string, readonly [name: string, build: (draw: Draw) => Problem][]> = {
  RNNCell: [["RNNCell", cell("RNNCell")]],
  LSTMCell: [
    ["LSTMCell", cell("LSTMCell")],
    ["LSTMCell, peephole", cell("LSTMCell", { peephole: true })],
    ["LSTMCell, projection", cell("LSTMCell", { projectionSize: 1 })],
    ["LSTMCell, layer normalisation", cell("LSTMCell", { hiddenSize: 4, layerNorm: true })],
    [
      "LSTMCell, all options",
      cell("LSTMCell", { hiddenSize: 4, peephole: true, projectionSize: 2, layerNorm: true }),
    ],
  ],
  GRUCell: (["keep", "write"] as const).flatMap((update) =>
    (["before", "after"] as const).map((reset) => [
      `GRUCell, ${update}, reset ${reset}`,
      cell("GRUCell", { update, reset }),
    ]),
  ) as [string, (draw: Draw) => Problem][],
  EchoStateCell: [["EchoStateCell", cell("EchoStateCell")]],
  ...Object.fromEntries(
    (
      [
        ["MinimalGatedUnitCell"],
        ["IndRNNCell"],
        ["SRUCell"],
        ["QRNNCell"],
        ["MinGRUCell"],
        ["MinLSTMCell"],
        ["LRUCell"],
        ["S5Cell"],
        ["RGLRUCell", { inputSize: undefined }],
        ["SelectiveStateSpaceCell", { hiddenSize: undefined, stateSize: 2 }],
        ["SLSTMCell"],
        ["MLSTMCell"],
        ["GatedDeltaCell"],
        ["ODECell"],
        ["LegendreMemoryCell", { order: 2, window: 3 }],
      ] as const
    ).map(([name, options = {}]) => [name, [[name, cell(name, options)]]] as const),
  ),
  RNN: [["RNN", layer("RNN", recurrentLayer)]],
  LSTM: [
    ["LSTM, 2 layers", layer("LSTM", { ...recurrentLayer, layers: 2 })],
    ["LSTM, bidirectional", layer("LSTM", { ...recurrentLayer, bidirectional: true })],
  ],
  GRU: [["GRU", layer("GRU", { ...recurrentLayer, update: "keep", reset: "after" })]],
  Linear: [["Linear", layer("Linear", { seed: 3, inputSize: INPUT, outputSize: 3 })]],
  LayerNorm: [["LayerNorm", layer("LayerNorm", { size: 4 }, [BATCH, 4])]],
  crossEntropy: [
    [
      "crossEntropy",
      (draw) => {
        const logits = draw("logits", [3, 4]);
        return { outputs: nn.crossEntropy(logits, core.constant([1, 0, 3], "i32")), wrt: { logits } };
      },
    ],
    [
      "crossEntropy, every option",
      (draw) => {
        const [logits, weights] = [draw("logits", [3, 4]), draw("weights", [3])];
        const options = {
          weights,
          mask: [true, false, true],
          labelSmoothing: 0.1,
          classWeights: [1, 2, 3, 4],
        };
        const outputs = nn.crossEntropy(logits, [1, 0, 3], { ...options, reduction: "sum" });
        return { outputs, wrt: { logits, weights } };
      },
    ],
  ],
  Conv2d: [
    [
      "Conv2d",
      layer(
        "Conv2d",
        { seed: 3, inputChannels: 2, outputChannels: 2, kernel: 2, padding: 1, stride: 2 },
        [1, 2, 3, 3],
      ),
    ],
  ],
  binaryCrossEntropyWithLogits: [
    ["binaryCrossEntropyWithLogits", loss("binaryCrossEntropyWithLogits", [2, 3])],
  ],
  klDivergence: [
    [
      "klDivergence",
      (draw) => {
        const [logits, t] = [draw("logits", [3, 4]), draw("t", [3, 4])];
        return { outputs: nn.klDivergence(logits, core.softmax(t)), wrt: { logits, t } };
      },
    ],
  ],
  ctcLoss: [
    [
      "ctcLoss",
      (draw) => {
        const logits = draw("logits", [4, BATCH, 3]);
        return {
          outputs: nn.ctcLoss(
            logits,
            [
              [1, 2],
              [2, 2],
            ],
            { lengths: [4, 3] },
          ),
          wrt: { logits },
        };
      },
    ],
  ],
  attention: [
    [
      "dotAttention",
      (draw) => {
        const [q, keys, values] = [
          draw("q", [BATCH, 2]),
          draw("keys", [3, BATCH, 2]),
          draw("v", [3, BATCH, 1]),
        ];
        const { context } = nn.dotAttention(q, keys, { values, lengths: [3, 1] });
        return { outputs: context, wrt: { q, keys, values } };
      },
    ],
    [
      "AdditiveAttention",
      (draw) => {
        const [q, keys] = [draw("q", [BATCH, 2]), draw("keys", [3, BATCH, 2])];
        const sizes = { querySize: 2, keySize: 2, hiddenSize: 3, seed: 3, dtype: "f64" } as const;
        const attention = new nn.AdditiveAttention(sizes);
        const { context } = attention.apply(q, keys);
        return { outputs: context, wrt: { q, keys, ...attention.parameters } };
      },
    ],
  ],
  mse: [["mse", loss("mse", [2, 3])]],
  l1: [["l1", loss("l1", [2, 3])]],
  huber: [["huber", loss("huber", [2, 3])]],
};

export const networkCases: readonly Case[] = Object.values(builds)
  .flat()
  .map(([name, build]) => ({ group: "networks", name, problems: (run) => [build(drawn(run))] }));
