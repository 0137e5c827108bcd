import assert from "node:assert/strict";
import {
  type ArrayValue,
  array,
  constant,
  DTypeError,
  EquationError,
  evaluate,
  FeedError,
  GraphError,
  loadMetadata,
  loadTensors,
  math,
  parameter,
  ShapeError,
  saveTensors,
} from "@org/core";
import { fromPyTorch, GRU, Linear, parameters, toPyTorch, Vocabulary, WordVocabulary } from "@org/nn";
import { CheckpointError, restoreCheckpoint, saveCheckpoint } from "@org/optim";
import { type GraphJson, renderSvg, toJson } from "@org/viz";
import { csv } from "../../packages/optim/src/node/csv-log.ts";
import { jsonLines } from "../../packages/optim/src/node/json-lines-log.ts";
import type { RowFormat } from "../../packages/optim/src/node/metrics-log.ts";
import { unpack } from "../../packages/optim/src/training/saving.ts";
import { mutateBytes, mutateText, mutateValue } from "./mutations.ts";
import type { Random } from "./random.ts";

/** A reader of what others wrote. */
export interface Reader {
  readonly name: string;
  /** Reads one mutation of something valid. */
  read(random: Random): unknown;
  /** Whether its documentation names an error. */
  isDocumented(error: unknown): boolean;
  /** Of a hundred mutations, how many it gets: less than all where each takes long. */
  readonly share: number;
}

type ErrorClass = new (...args: never[]) => Error;

const isOneOf =
  (...classes: readonly ErrorClass[]) =>
  (error: unknown): boolean =>
    classes.some((each) => error instanceof each);

const tensors = {
  w: array([[1, 2, 3]]),
  "encoder.b": array([0.5], { dtype: "f64" }),
  ids: array([1, 2], { dtype: "i32" }),
  mask: array([true, false]),
};
const JSON_PIECES = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "null",
  "-1",
  "1e999",
  "9007199254740993",
  "\\u0000",
  "\ud800",
  "[[",
  '{"a":',
  '"F16"',
  '"I64"',
  '"__proto__"',
  '"__metadata__"',
  '"dtype"',
  "0",
];

/** A safetensors file with a header of any text, whose length is true. */
function withHeader(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A file with bytes changed, or its header as text, or its header as data. */
function mutateFile(bytes: Uint8Array, random: Random): Uint8Array {
  const way = random.below(3);
  if (way === 0) return mutateBytes(bytes, random);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const [text, data] = [new TextDecoder().decode(bytes.subarray(8, 8 + length)), bytes.subarray(8 + length)];
  if (way === 1) return withHeader(mutateText(text, JSON_PIECES, random), data);
  return withHeader(jsonOf(mutateValue(JSON.parse(text), random)) ?? "", data);
}

/** As JSON, with what JSON has no words for replaced; undefined for what has no end. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const file = saveTensors(tensors, { metadata: { language: "vi" } });

/** Nothing of the record may have changed where reading fails. */
function orUnchanged(
  held: Readonly<Record<string, { readonly value: { readonly data: ArrayLike<number> } }>>,
  read: () => unknown,
): unknown {
  const before = JSON.stringify(Object.values(held).map(({ value }) => [...Array.from(value.data)]));
  const check = (error: unknown): never => {
    const after = JSON.stringify(Object.values(held).map(({ value }) => [...Array.from(value.data)]));
    throw before === after ? error : new Error("refused, and yet something has changed", { cause: error });
  };
  try {
    const result = read();
    return result instanceof Promise ? result.catch(check) : result;
  } catch (error) {
    return check(error);
  }
}

function checkpoints(): Reader {
  const state = {
    layer: {
      w: parameter("w", [
        [1, 2],
        [3, 4],
      ]),
      b: parameter("b", [0, 0]),
    },
  };
  const bytes = saveCheckpoint(state, { metadata: { text: "Moby-Dick" } });
  return {
    name: "restoreCheckpoint",
    share: 100,
    isDocumented: isCheckpointError,
    read: (random) => orUnchanged(state.layer, () => restoreCheckpoint(state, mutateFile(bytes, random))),
  };
}

/** What it was caused by is documented too: a reader that wraps whatever comes would hide what went wrong inside. */
const isCheckpointError = (error: unknown): boolean =>
  error instanceof CheckpointError && (error.cause === undefined || error.cause instanceof FeedError);

/** The checksum is right, what was saved is not. */
function positions(): Reader {
  const state = { w: parameter("w", [1, 2]) };
  const valid = { step: "20", epoch: "1", batch: "3", looked: "20", sums: { loss: "0.25", n: "NaN" } };
  return {
    name: "train, going on",
    share: 100,
    isDocumented: isCheckpointError,
    read: (random) => {
      const text = random.below(2)
        ? mutateText(JSON.stringify(valid), JSON_PIECES, random)
        : (jsonOf(mutateValue(valid, random)) ?? "null");
      const saved = { w: parameter("w", random.mutates && random.below(2) ? [5] : [3, 4]) };
      const bytes = saveCheckpoint(saved, { metadata: { "unroll.train": text } });
      const store = { latest: async () => ({ name: "kept", bytes }), save: async () => {} };
      const progress = { step: 0, epoch: 0, batch: 0, looked: 0, sums: {} };
      return orUnchanged(state, () => unpack({ state, store: store as never }, [], progress));
    },
  };
}

function pyTorch(): Reader {
  const model = {
    gru: new GRU({ inputSize: 1, hiddenSize: 1, reset: "after", update: "keep", seed: 1 }),
    head: new Linear({ inputSize: 1, outputSize: 2, seed: 2 }),
  };
  const valid = Object.fromEntries(
    Object.entries(toPyTorch(model)).map(([name, value]) => [name, value.toNested()]),
  );
  const held = parameters(model);
  return {
    name: "fromPyTorch",
    share: 100,
    isDocumented: isOneOf(GraphError),
    read: (random) => orUnchanged(held, () => fromPyTorch(model, mutateValue(valid, random) as never)),
  };
}

const NESTED = [
  [
    [1, 2],
    [3, 4],
  ],
  [[true], [false]],
  [[], []],
  5,
];
const EQUATION_PIECES = [
  "(",
  ")",
  "-",
  "−",
  "^",
  "ᵀ",
  "@",
  "⊙",
  "·",
  "/",
  "+",
  "*",
  "1e999",
  ".5",
  "tanh(",
  "σ(",
  "log(-1)",
  "\n",
  "\ud800",
  "constructor(",
  "x",
];

/** An equation around two operands, cut anywhere. */
function equation(random: Random): unknown {
  const a = constant([[1, 2]]);
  const b = (random.below(4) ? [[1], [2]] : mutateValue([[1], [2]], random)) as ArrayValue;
  const texts = ["σ(2 * ", " @ ", ")^2 / (1 - 0.5)ᵀ + tanh(3 ⊙ -1)"].map((text) =>
    random.below(2) ? mutateText(text, EQUATION_PIECES, random) : text,
  );
  const y = math(Object.assign(texts, { raw: texts }), a, b);
  // Long chains take long.
  return texts.join("").length < 200 ? evaluate(y) : y;
}

function graphs(draw: boolean): Reader {
  const w = parameter("w", [1, 2]);
  const valid = toJson(math`σ(${w}) + ${w} / 2`);
  const columns = {
    nodes: [
      { id: "a", column: 0 },
      { id: "b", column: 1, label: "b", key: "a" },
    ],
    edges: [{ from: "a", to: "b", carry: true }],
    columns: [
      { title: "t", stage: 0 },
      { kind: "more", stage: 0 },
    ],
  };
  return {
    name: "renderSvg of a graph as data",
    share: draw ? 5 : 1,
    // A RangeError of the engine, such as of a stack that overflows, does not begin so.
    isDocumented: (error) => error instanceof RangeError && error.message.startsWith("graph: "),
    read: (random) => renderSvg(mutateValue(random.below(2) ? valid : columns, random) as GraphJson),
  };
}

/** A log that training goes on with: lines that are none of its own are left out, and what is left can be written. */
function log(name: string, format: () => RowFormat, pieces: readonly string[]): Reader {
  const rows = [
    { step: 20, epoch: 1, loss: 0.25, 'a "quoted", name': 1 },
    { step: 21, epoch: 1, loss: Number.NaN, "validation.loss": 0.3 },
  ];
  const text = format().file(rows);
  return {
    name,
    share: 100,
    isDocumented: () => false,
    read(random) {
      const reading = format();
      const read = reading.parse(mutateText(text, pieces, random));
      if (!random.mutates) assert.deepEqual(read, rows);
      for (const row of read) {
        assert(Object.values(row).every((value) => typeof value === "number"));
      }
      return reading.file(read);
    },
  };
}

/** Every reader of what others wrote. */
export const readers = (draw = true): readonly Reader[] => [
  {
    name: "loadTensors",
    share: 100,
    isDocumented: (error) => error instanceof FeedError && error.message.startsWith("loadTensors: "),
    read: (random) => loadTensors(mutateFile(file, random), { skipUnknown: random.below(2) === 0 }),
  },
  {
    name: "loadMetadata",
    share: 100,
    isDocumented: (error) => error instanceof FeedError && error.message.startsWith("loadMetadata: "),
    read: (random) => loadMetadata(mutateFile(file, random)),
  },
  checkpoints(),
  positions(),
  pyTorch(),
  graphs(draw),
  {
    name: "Vocabulary.from",
    share: 100,
    isDocumented: isOneOf(FeedError),
    read: (random) =>
      Vocabulary.from(
        random.below(2) ? mutateText("abc 😀\n", ["a", "\ud83d", "\0"], random) : mutateValue("abc", random),
      ),
  },
  {
    name: "WordVocabulary.from",
    share: 100,
    isDocumented: isOneOf(FeedError),
    read: (random) => WordVocabulary.from(mutateValue(["<unk>", "the", "whale"], random)),
  },
  log("jsonLinesLog, going on", () => jsonLines, JSON_PIECES),
  log("csvLog, going on", csv, [
    '"',
    '""',
    ",",
    "\n",
    "\r",
    "step",
    "1e999",
    "-",
    "\ud800",
    "__proto__",
    "20",
  ]),
  {
    name: "array",
    share: 100,
    isDocumented: isOneOf(ShapeError, DTypeError),
    read: (random) => array(mutateValue(random.pick(NESTED), random) as ArrayValue),
  },
  { name: "math", share: 100, isDocumented: isOneOf(EquationError, ShapeError, DTypeError), read: equation },
];
