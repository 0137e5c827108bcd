import {
  type ArrayValue,
  add,
  arange,
  array,
  checkOptionNames,
  checkOptionValues,
  compile,
  constant,
  FeedError,
  GraphError,
  input,
  less,
  type NDArray,
  type Operands,
  type Parameter,
  parameter,
  type Runtime,
  repeat,
  ShapeError,
  type Structure,
  scan,
  splitKey,
  type Tensor,
  type Update,
  where,
  zeros,
} from "@org/core";
import { optional, size } from "../option-values.ts";
import { inTraining, RandomState, randomState } from "../random-state.ts";
import type { Seed } from "../seed.ts";
import { mapStates } from "../states.ts";
import { beamSearch } from "./beam-search.ts";
import type { Carry, Decoding } from "./decoding.ts";
import { drawing } from "./drawing.ts";
import type { SampleOptions } from "./sample.ts";

type Inputs = Readonly<Record<string, Tensor>>;

/** What `generate` takes. */
export interface GenerateOptions<State, I extends Inputs = Inputs>
  extends Omit<SampleOptions, "temperature"> {
  /** Scores `[rows, classes]` of what comes after `ids [rows]`, and the state after them. */
  readonly step: (ids: Tensor, state: State) => { readonly logits: Tensor; readonly state: State };
  /**
   * The state before the prompt: tensors `[batch, ...]`, in arrays and records. What differs from text to text, such as
   * what an encoder made of a sentence, belongs here: it may depend on `inputs`, and beams take its rows along.
   */
  readonly initialState: State;
  /** What `initialState` needs to be fed, under the keys of a call's `inputs`. Default: nothing. */
  readonly inputs?: I;
  /** Divides the scores; 0 takes the likeliest. @default 1 */
  readonly temperature?: number;
  /** An id that ends a text. It is not part of the result. Default: none, all texts have the full length. */
  readonly stop?: number;
  /** Texts kept side by side in a search for the likeliest one; nothing is drawn then. Default: no search. */
  readonly beams?: number;
  /**
   * α of `log p(y) / ((5 + |y|) / 6)^α`, by which the best of the beams is chosen in the end; above 0 favours longer texts.
   * @default 0
   */
  readonly lengthPenalty?: number;
  /** What is drawn: a seed, or a random state that a checkpoint keeps, and that moves on with every chunk. @default 0 */
  readonly random?: Seed | RandomState;
  /** Steps in one call of the compiled loop; what is drawn depends on it. @default 32 */
  readonly chunk?: number;
  /** Where to run: that of the training reads the same weights in the same memory. Default: the one shared by all. */
  readonly runtime?: Runtime;
}

/** What a `Writer` is called with. */
export interface WriteOptions<I extends Inputs = Inputs> {
  /** The most ids to write after the prompt. */
  readonly length: number;
  /** Values of the inputs. */
  readonly inputs?: { readonly [K in keyof I]: ArrayValue };
  /** Called with the ids of each text as soon as they are there, chunk by chunk; with `beams`, once with all. */
  readonly onIds?: (ids: Int32Array, row: number) => void;
}

/** Writes on from a prompt, or from one for each row of the batch; prompts may differ in length. */
export interface Writer<I extends Inputs = Inputs> {
  (prompt: ArrayLike<number>, options: WriteOptions<I>): Int32Array;
  (prompts: readonly ArrayLike<number>[], options: WriteOptions<I>): Int32Array[];
  /** Gives its memory back; calls throw from now on. Weights stay. */
  dispose(): void;
}

/**
 * Makes any recurrent model write: each id is chosen by the scores of the step before and read back, prompt and all in one
 * compiled loop of `chunk` steps. Drawn from `softmax(logits / temperature)`, among the `topK` or `topP` likeliest where
 * asked for; the likeliest with temperature 0; or, with `beams`, the text for which a beam search finds the largest
 * `log p(y) = Σₜ log p(yₜ | y₁ … yₜ₋₁)`. Ended texts stay among the beams and compete with longer ones.
 * @throws GraphError for options out of range, ShapeError for a step whose scores are not `[rows, classes]`; FeedError, when
 *   called, for prompts that are empty, hold no ids or are not one for each row
 * Source: Graves 2013 (sampling); Holtzman et al. 2020 (topP); Wu et al. 2016, equation 14 (length penalty)
 * @example
 * // A model that counts to 4 and starts again.
 * const step = (ids, { h }) => ({ logits: mul(oneHot(add(ids, 1), 5), 100), state: { h } });
 * const write = generate({ step, initialState: { h: zeros([1, 1]) }, temperature: 0, stop: 4 });
 * write([0, 1], { length: 10 }); // → [2, 3]
 */
export function generate<State, I extends Inputs = Inputs>(options: GenerateOptions<State, I>): Writer<I> {
  checkOptionNames(op, options, names, "step initialState");
  const { initialState, inputs, chunk = 32, beams, random = 0 } = options;
  checkOptionValues(op, { chunk: [chunk, size], beams: [beams, optional(size)] });
  const { batch, first: state } = checkState(initialState);
  const decoding: Decoding =
    beams === undefined ? drawing(options) : beamSearch({ ...options, batch, beams });
  const place = options.runtime ? { runtime: options.runtime } : {};

  // What goes on from chunk to chunk is kept in parameters.
  const widen = (each: Tensor): Tensor => (beams === undefined ? each : repeat(each, beams, { axis: 0 }));
  const ids = zeros([batch * (beams ?? 1)], "i32");
  const first: Carry = {
    state: mapStates([initialState], widen) as Structure<Tensor>,
    ids,
    ...decoding.first(state.dtype),
  };
  const held = mapStates([first], memory);
  const begin = compile({ ...place, inputs: inputs ?? {}, updates: assigned(held, first) });

  const given = input("given", [chunk, batch], "i32"); // what is left of the prompts,
  const counts = input("counts", [batch], "i32"); // and how much that is
  const source = random instanceof RandomState ? random : randomState(random);
  const draws = beams === undefined && options.temperature !== 0;
  const { carry, ys } = scan(
    ({ held, key }, { t, given }) => {
      const before = held as unknown as Carry;
      const reading = widen(less(t, counts));
      const ids = where(reading, widen(given), before.ids);
      const { logits, state } = options.step(ids, before.state as unknown as State);
      checkLogits(logits, ids.shape[0]!);
      const [own, rest] = draws ? (splitKey(key) as [Tensor, Tensor]) : [key, key];
      const { carry, y } = decoding.choose(
        { ...before, state: state as Structure<Tensor> },
        { logits, key: own, writes: less(counts, add(t, 2)) },
      );
      return { carry: { held: carry, key: rest } as Operands, y };
    },
    {
      // Its type would be too deep for the compiler: a state may hold records of any depth.
      init: { held, key: draws ? inTraining(source.draw(), op) : constant(0) } as unknown as Record<
        "held" | "key",
        Tensor
      >,
      xs: { t: arange(chunk), given },
    },
  );
  const run = compile({
    ...place,
    inputs: { given, counts },
    outputs: ys,
    updates: [...assigned(held, carry.held), ...(draws ? source.updates : [])],
  });

  const write = (prompt: readonly ArrayLike<number>[] | ArrayLike<number>, call: WriteOptions<I>) => {
    const single = prompt.length === 0 || typeof prompt[0] === "number";
    const prompts = checkPrompts(
      single ? [prompt as ArrayLike<number>] : (prompt as ArrayLike<number>[]),
      batch,
    );
    checkOptionValues(op, { length: [call.length, size] });
    begin((call.inputs ?? {}) as never);
    const texts = decoding.collect(prompts, call);
    for (let at = 0; !texts.ended(); at += chunk) texts.take(run(unread(prompts, at, chunk)));
    const written = texts.finish();
    return single ? written[0]! : written;
  };
  const dispose = (): void => {
    begin.dispose();
    run.dispose();
  };
  return Object.assign(write, { dispose }) as Writer<I>;
}

const op = "generate";
const names = "step initialState inputs temperature topK topP stop beams lengthPenalty random chunk runtime";

/** A parameter for what a tensor is from one call to the next. */
const memory = ({ shape, dtype, name }: Tensor): Parameter =>
  parameter(name ?? "state", array(new Float64Array(shape.reduce((a, b) => a * b, 1)), { shape, dtype }));

/** Each parameter of a structure becomes the tensor at its place in another. */
function assigned(held: unknown, next: unknown): Update[] {
  const updates: Update[] = [];
  mapStates([held, next], (part, value) => {
    updates.push([part as Parameter, value!]);
    return part;
  });
  return updates;
}

/** What is left of the prompts after `at` steps, as far as a chunk goes: `given [chunk, batch], counts [batch]`. */
function unread(
  prompts: readonly ArrayLike<number>[],
  at: number,
  chunk: number,
): { given: NDArray; counts: NDArray } {
  const rows = Array.from({ length: chunk }, (_, t) => prompts.map((prompt) => prompt[at + t] ?? 0));
  const counts = prompts.map(({ length }) => length - at);
  return { given: array(rows, { dtype: "i32" }), counts: array(counts, { dtype: "i32" }) };
}

/** @throws GraphError for a state without tensors; ShapeError for tensors that do not have a row for each text */
function checkState(state: unknown): { batch: number; first: Tensor } {
  const parts: Tensor[] = [];
  mapStates([state], (part) => {
    parts.push(part);
    return part;
  });
  const [first] = parts;
  if (!first)
    throw new GraphError({ op, problem: "expected an initialState of tensors [batch, ...], received none" });
  const batch = first.shape[0];
  const wrong = parts.find(({ shape }) => shape.length === 0 || shape[0] !== batch);
  if (batch && !wrong) return { batch, first };
  throw new ShapeError({
    op,
    problem: "a state has a row for each text, at least one",
    operands: [first, wrong ?? first].map(({ shape, dtype, name }) => ({
      label: "initialState",
      shape,
      dtype,
      name,
    })),
    rule: "initialState [batch, ...]",
  });
}

function checkLogits({ shape, dtype, name }: Tensor, rows: number): void {
  if (shape.length === 2 && shape[0] === rows && shape[1]! > 0) return;
  throw new ShapeError({
    op,
    problem: `expected scores of every class for each of ${rows} rows`,
    operands: [{ label: "logits", shape, dtype, name }],
    rule: "step: ids [rows] → logits [rows, classes]",
  });
}

/** @throws FeedError */
function checkPrompts(prompts: readonly ArrayLike<number>[], batch: number): readonly ArrayLike<number>[] {
  if (prompts.length !== batch) throw refuse(`one for each of ${batch} rows`, `${prompts.length}`);
  for (const prompt of prompts) {
    if (!(prompt?.length > 0)) throw refuse("at least one id to begin with", "none");
    const wrong = Array.from(prompt).find((id) => !(Number.isInteger(id) && id >= 0));
    if (wrong !== undefined) throw refuse("ids, whole numbers from 0", String(wrong));
  }
  return prompts;
}

const refuse = (expected: string, received: string): FeedError =>
  new FeedError("prompt", expected, received, op);
