import type { NDArray, Tensor } from "../../src/index.ts";
import * as core from "../../src/index.ts";
import { decode, type EncodedArray, readFixture } from "../sweep/fixtures.ts";

interface EncodedCall {
  readonly fn: string;
  readonly args: readonly unknown[];
  readonly result: EncodedArray | readonly EncodedArray[];
  /** False where the arguments lie on a kink or are not finite. @default true */
  readonly differences?: boolean;
}

/** A call of a public function and what it returns, from scripts/fixtures/functions.py. */
export interface FixtureCall {
  readonly label: string;
  readonly fn: string;
  /** The arrays among the arguments. */
  readonly values: readonly NDArray[];
  /** The call with tensors for the arrays. */
  readonly call: (tensors: readonly Tensor[]) => readonly Tensor[];
  readonly results: readonly NDArray[];
  readonly differences: boolean;
}

const isArray = (value: unknown): value is EncodedArray =>
  typeof value === "object" && value !== null && "dtype" in value && "data" in value;

/** The argument with each of its arrays replaced. */
function replaced(argument: unknown, replace: (array: EncodedArray) => unknown): unknown {
  if (isArray(argument)) return replace(argument);
  if (argument === "Infinity") return Infinity;
  if (Array.isArray(argument)) return argument.map((part) => replaced(part, replace));
  if (typeof argument !== "object" || argument === null) return argument;
  return Object.fromEntries(Object.entries(argument).map(([key, part]) => [key, replaced(part, replace)]));
}

const shown = (argument: unknown): string =>
  JSON.stringify(replaced(argument, ({ dtype, shape }) => `${dtype} [${shape}]`)).replaceAll('"', "");

function readCall({ fn, args, result, differences = true }: EncodedCall): FixtureCall {
  const values: NDArray[] = [];
  replaced(args, (array) => values.push(decode(array)));
  const call = (tensors: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    const given = replaced(args, () => tensors[next++]) as unknown[];
    const callee = (core as unknown as Record<string, (...args: unknown[]) => Tensor | Tensor[]>)[fn];
    return [callee!(...given)].flat();
  };
  const results = [result].flat().map((value) => decode(value as EncodedArray));
  return { label: `${fn}(${args.map(shown).join(", ")})`, fn, values, call, results, differences };
}

export const fixtureCalls: readonly FixtureCall[] = readFixture<EncodedCall>("functions.json").map(readCall);
