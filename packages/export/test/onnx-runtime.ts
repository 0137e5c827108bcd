/** ONNX Runtime's WebAssembly engine, where `examples/engines` is installed, and how far its arrays are from ours. */
import { existsSync } from "node:fs";
import { array, type DType, type NDArray } from "@org/core";
import { engine, enginePath } from "../../../examples/shared/engines.ts";

/** Whether the engine is here: `.ci/run` and `examples` install it, `test` alone does not. */
export const installed: boolean = existsSync(enginePath("onnxruntime-web/package.json"));

export type Arrays = Readonly<Record<string, NDArray>>;

interface OrtTensor {
  readonly type: string;
  readonly data: NDArray["data"];
  readonly dims: readonly number[];
}
interface Ort {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly Tensor: new (type: string, data: NDArray["data"], shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}
interface Session {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** The words of ONNX Runtime for our dtypes. */
const types: Readonly<Record<DType, string>> = {
  f32: "float32",
  f64: "float64",
  i32: "int32",
  bool: "bool",
};
const dtypes = new Map(Object.entries(types).map(([dtype, type]) => [type, dtype as DType]));

/** A model that is loaded, to be called with arrays by name. */
export interface Model {
  run(feeds: Arrays): Promise<Arrays>;
  release(): Promise<void>;
}

/** @throws Error of ONNX Runtime, where it refuses the file */
export async function load(file: Uint8Array): Promise<Model> {
  const { env, Tensor, InferenceSession } = engine("onnxruntime-web") as Ort;
  env.wasm.numThreads = 1;
  env.logLevel = "fatal";
  const session = await InferenceSession.create(file, { logSeverityLevel: 4 });
  const given = ({ dtype, data, shape }: NDArray): OrtTensor => new Tensor(types[dtype], data, shape);
  const back = ({ type, data, dims }: OrtTensor): NDArray =>
    array(data, { shape: dims, dtype: dtypes.get(type)! });
  const each = <From, To>(
    record: Readonly<Record<string, From>>,
    change: (value: From) => To,
  ): Record<string, To> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
  return {
    run: async (feeds) => each(await session.run(each(feeds, given)), back),
    release: () => session.release(),
  };
}

/** Of a value, and of the largest of its array: as `differences.py` has it. */
const tolerances: Readonly<Record<DType, number>> = { f32: 2e-5, f64: 1e-12, i32: 0, bool: 0 };

/** Why an array is not the one expected, or nothing. */
export function difference(actual: NDArray | undefined, expected: NDArray): string | undefined {
  const described = ({ dtype, shape }: NDArray): string => `${dtype} [${shape}]`;
  if (!actual || described(actual) !== described(expected))
    return `${actual ? described(actual) : "nothing"} instead of ${described(expected)}`;
  const tolerance = tolerances[expected.dtype];
  const finite = [...expected.data].map(Math.abs).filter(Number.isFinite);
  const largest = finite.reduce((a, b) => Math.max(a, b), 0);
  const isClose = (a: number, b: number): boolean =>
    a === b ||
    (Number.isNaN(a) && Number.isNaN(b)) ||
    (Number.isFinite(b) && Math.abs(a - b) <= tolerance * (Math.abs(b) + largest));
  const far = [...expected.data.keys()].find((i) => !isClose(actual.data[i]!, expected.data[i]!));
  if (far === undefined) return undefined;
  return `${actual.data[far]} instead of ${expected.data[far]}, element ${far}`;
}
