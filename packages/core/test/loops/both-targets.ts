/** Values that the interpreter and the compiler have to agree on. */
import { type ArrayValue, compile, evaluate, type NDArray, type Tensor } from "../../src/index.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";
import { assertClose } from "../sweep/compare.ts";

type Feeds = Readonly<Record<string, ArrayValue>>;

/** The values of both targets, which have to agree; what is compiled begins in memory full of NaN. */
export function both(
  outputs: readonly Tensor[],
  inputs: Readonly<Record<string, Tensor>>,
  feeds: Feeds,
): NDArray[] {
  const expected = evaluate(outputs, feeds) as readonly NDArray[];
  const run = compile({ inputs, outputs, runtime: new LitteredRuntime() });
  const found = run(feeds as never) as readonly NDArray[];
  run.dispose();
  expected.forEach((value, i) => {
    assertClose(`output ${i}`, found[i]!, value, { relative: 1e-9, absolute: 1e-12 });
  });
  return [...expected];
}

export const numbers = (values: readonly NDArray[]): unknown[] => values.map((value) => value.toNested());
