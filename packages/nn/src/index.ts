export { loadTensors, saveTensors } from "@org/core";
export type { Blocks, Cell, CellOptions } from "./cells/cell.ts";
export { ConvLSTMCell, type ConvLSTMCellOptions, type ConvLSTMState } from "./cells/conv-lstm-cell.ts";
export { type EchoState, EchoStateCell, type EchoStateCellOptions } from "./cells/echo-state-cell.ts";
export {
  GatedDeltaCell,
  type GatedDeltaCellOptions,
  type GatedDeltaState,
} from "./cells/gated-delta-cell.ts";
export { GRUCell, type GRUCellOptions, type GRUState } from "./cells/gru-cell.ts";
export { IndRNNCell, type IndRNNCellOptions, type IndRNNState } from "./cells/ind-rnn-cell.ts";
export {
  LegendreMemoryCell,
  type LegendreMemoryCellOptions,
  type LegendreMemoryState,
} from "./cells/legendre-memory-cell.ts";
export type { LinearCell, LinearCellSizes, LinearState, LinearTerms, Parts } from "./cells/linear-cell.ts";
export { LRUCell, type LRUCellOptions } from "./cells/lru-cell.ts";
export { LSTMCell, type LSTMCellOptions, type LSTMParameters, type LSTMState } from "./cells/lstm-cell.ts";
export { MinGRUCell } from "./cells/min-gru-cell.ts";
export { MinLSTMCell } from "./cells/min-lstm-cell.ts";
export { MinimalGatedUnitCell, type MinimalGatedUnitState } from "./cells/minimal-gated-unit-cell.ts";
export { MLSTMCell, type MLSTMState } from "./cells/mlstm-cell.ts";
export { ODECell, type ODECellOptions, type ODEState } from "./cells/ode-cell.ts";
export { QRNNCell } from "./cells/qrnn-cell.ts";
export { RGLRUCell } from "./cells/rg-lru-cell.ts";
export { type Activation, RNNCell, type RNNCellOptions, type RNNState } from "./cells/rnn-cell.ts";
export { S5Cell } from "./cells/s5-cell.ts";
export {
  SelectiveStateSpaceCell,
  type SelectiveStateSpaceCellOptions,
} from "./cells/selective-state-space-cell.ts";
export { SLSTMCell, type SLSTMState } from "./cells/slstm-cell.ts";
export { SRUCell, type SRUState } from "./cells/sru-cell.ts";
export { type BatchesOptions, batches } from "./data/batches.ts";
export { type Bucket, bucket, type PadOptions, pad } from "./data/padding.ts";
export { type WindowsOptions, windows } from "./data/windows.ts";
export { gradientFlow, stateGradients } from "./diagnostics/gradient-flow.ts";
export { lagContributions } from "./diagnostics/lag-contributions.ts";
export { type CellProbe, probeCells, textFeatures } from "./diagnostics/probe-cells.ts";
export { gates, type Saturation, saturation } from "./diagnostics/saturation.ts";
export { type Spectrum, spectrum } from "./diagnostics/spectrum.ts";
export {
  type StateJacobian,
  type StateJacobianOptions,
  stateJacobian,
} from "./diagnostics/state-jacobian.ts";
export * as init from "./init.ts";
export {
  AdditiveAttention,
  type AdditiveAttentionOptions,
  type Attended,
  type AttentionOptions,
  dotAttention,
} from "./layers/attention.ts";
export { Conv2d, type Conv2dOptions, type Pair } from "./layers/conv2d.ts";
export { Dropout, type DropoutOptions, type TrainingOptions } from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { GRU, type GRUOptions } from "./layers/gru.ts";
export { LayerNorm, type LayerNormOptions } from "./layers/layer-norm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { LSTM, type LSTMOptions } from "./layers/lstm.ts";
export { MaxPool2d, type MaxPool2dOptions } from "./layers/max-pool2d.ts";
export type { NoiseRates } from "./layers/recurrent-noise.ts";
export {
  type RecurrentApplyOptions,
  RecurrentStack,
  type RecurrentStackOptions,
  type StackLayer,
} from "./layers/recurrent-stack.ts";
export { RNN, type RNNOptions } from "./layers/rnn.ts";
export { Sequential, type SequentialLayer } from "./layers/sequential.ts";
export type { RecurrentLayerOptions } from "./layers/stacked-cells.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
} from "./losses/binary-cross-entropy.ts";
export { type CrossEntropyOptions, crossEntropy } from "./losses/cross-entropy.ts";
export { type CtcLossOptions, ctcLoss } from "./losses/ctc.ts";
export { klDivergence } from "./losses/kl-divergence.ts";
export type { LossOptions } from "./losses/reduction.ts";
export { type HuberOptions, huber, l1, mse } from "./losses/regression.ts";
export type { Complex } from "./matrix/rows.ts";
export { accuracy, auc, type ClassScore, confusion, f1, perplexity } from "./metrics/classification.ts";
export { editDistance, errorRate } from "./metrics/edit-distance.ts";
export { assign, parameters } from "./parameters.ts";
export { type KeySource, type RandomState, randomState } from "./random-state.ts";
export { type RecurrentOptions, recurrent } from "./recurrent.ts";
export type { RecurrentResult, SequenceOptions } from "./run-sequence.ts";
export type { Seed } from "./seed.ts";
export {
  type CtcBeamSearchOptions,
  type CtcDecodeOptions,
  type CtcDecoding,
  ctcBeamSearch,
  ctcGreedyDecode,
} from "./text/ctc-decoding.ts";
export { type GenerateOptions, generate, type WriteOptions, type Writer } from "./text/generate.ts";
export { type SampleOptions, sample } from "./text/sample.ts";
export { type TextBatch, TextBatches, type TextBatchesOptions } from "./text/text-batches.ts";
export { Vocabulary } from "./text/vocabulary.ts";
export { WordVocabulary, type WordVocabularyOptions } from "./text/word-vocabulary.ts";
export type { Truncation } from "./truncation.ts";
export { fromKeras } from "./weights/keras/from-keras.ts";
export { fromPyTorch } from "./weights/pytorch/from-pytorch.ts";
export { toPyTorch } from "./weights/pytorch/to-pytorch.ts";
