/** A program of a stranger: trains a small LSTM, and asks for the lines of its own source. Bundlers get it with the library. */
import {
  compile,
  createRuntime,
  GraphError,
  input,
  mul,
  NumericError,
  parameter,
  sourceLine,
} from "@org/core";
import * as nn from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize, sgd } from "@org/optim";

/** What the program found; plain data, so that a worker can send it. */
export interface Findings {
  readonly losses: readonly [first: number, last: number];
  readonly threads: number;
  /** A place, and the code that is there. */
  readonly lines: Readonly<Record<string, { readonly place: string; readonly code: string }>>;
  readonly errors: readonly string[];
}

/** `read` gives the text of a file of code, by the name that stacks have for it. */
export async function check(read: (file: string) => Promise<string>): Promise<Findings> {
  const found = train();
  const lines: Record<string, { place: string; code: string }> = {};
  for (const [name, place] of Object.entries(ownLines()))
    lines[name] = { place, code: await codeAt(place, read) };
  return { ...found, lines, errors: errorNames() };
}

function train(): Pick<Findings, "losses" | "threads"> {
  const x = input("x", [8, 4, 3]);
  const target = input("target", [8, 4, 1]);
  const model = {
    lstm: new nn.LSTM({ inputSize: 3, hiddenSize: 8, seed: 1 }),
    head: new nn.Linear({ inputSize: 8, outputSize: 1, seed: 2 }),
  };
  const loss = nn.mse(model.head.apply(model.lstm.apply(x).outputs), target);
  const transform = chain(clipByGlobalNorm(1), adam({ learningRate: 0.01 }));
  const updates = minimize(loss, nn.parameters(model), transform);
  const runtime = createRuntime({ threads: 2 });
  const step = compile({ inputs: { x, target }, outputs: { loss }, updates, runtime });
  const xs = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i));
  const targets = Float32Array.from({ length: 32 }, (_, i) => Math.sin(3 * i));
  const feeds = { x: nested(xs, 3), target: nested(targets, 1) };
  const first = step(feeds).loss.item();
  for (let i = 0; i < 50; i++) step(feeds);
  const last = step(feeds).loss.item();
  const { threads } = runtime;
  runtime.dispose();
  return { losses: [first, last], threads };
}

const nested = (values: Float32Array, size: number): number[][][] =>
  Array.from({ length: 8 }, (_, t) =>
    Array.from({ length: 4 }, (_, b) => [...values.subarray((4 * t + b) * size, (4 * t + b + 1) * size)]),
  );

/** Nodes made by each package; the numbers are what their lines are known by, minified or not. */
function ownLines(): Record<string, string> {
  const w = parameter("w", [1, 2]);
  const ours = mul(w, 31415);
  const layer = new nn.Linear({ inputSize: 2, outputSize: 2, seed: 27182 });
  const places = {
    core: ours,
    layer: layer.apply([[14142, 17320]]),
    loss: nn.mse(ours, [57721, 69314]),
    optimizer: minimize(nn.mse(w, [0, 0]), [w], sgd({ learningRate: 22360 }))[0]![1],
  };
  return Object.fromEntries(
    Object.entries(places).map(([name, { node }]) => [name, sourceLine(node) ?? "nowhere"]),
  );
}

/** The code at a place. */
export async function codeAt(place: string, read: (file: string) => Promise<string>): Promise<string> {
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  if (file === undefined) return "";
  const text = (await read(file)).split("\n")[Number(line) - 1] ?? "";
  return text.slice(Math.max(0, Number(column) - 10), Number(column) + 200);
}

/** Errors say what they are, whatever a minifier calls their classes. */
function errorNames(): string[] {
  const names: string[] = [];
  try {
    compile({ outputs: { y: mul(input("y", []), 2) } });
  } catch (error) {
    if (error instanceof GraphError) names.push(error.name, String(error).split(":")[0]!);
  }
  try {
    const x = input("x", []);
    compile({ inputs: { x }, outputs: { y: mul(x, 2) }, checkNumerics: true })({ x: Number.NaN });
  } catch (error) {
    if (error instanceof NumericError) names.push(error.name, String(error).split(":")[0]!);
  }
  return names;
}
