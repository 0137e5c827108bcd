/** Whatever somebody may put in the place of an argument, and calls of all that a package exports with it. */
import * as core from "@org/core";
import fc from "fast-check";
import { expect } from "vitest";
import { runs } from "./runs.ts";

const x = core.input("x", [2]);
const w = core.parameter("w", [1, 2]);

const ODD: readonly unknown[] = [
  undefined,
  null,
  "x",
  "float32",
  3,
  -1,
  0.5,
  Number.NaN,
  true,
  1n,
  Symbol("s"),
  {},
  Object.create(null),
  { a: 1 },
  { a: null },
  { w },
  [],
  [null],
  [1, 2],
  [[1], [2, 3]],
  ["a"],
  [w],
  w,
  x,
  core.sum(w),
  (y: unknown) => y,
  Promise.resolve(1),
  new Map(),
  new Date(0),
  new Uint16Array(2),
  new Float32Array(2),
  core.array([1, 2]),
];

const ours = [
  core.GraphError,
  core.DTypeError,
  core.ShapeError,
  core.FeedError,
  core.EquationError,
  core.NumericError,
];

type Callable = (...args: unknown[]) => unknown;

/** What a package exports, with whatever in the place of its arguments. */
export interface OddCalls {
  /** Those that are left out. */
  readonly but: ReadonlySet<string>;
  /** How many arguments some have; the next one is a name that only the library gives. */
  readonly most?: Readonly<Record<string, number>>;
  /** Errors of the package itself. */
  readonly errors?: readonly (new (
    ...args: never[]
  ) => Error)[];
}

/** Any public function or class: an error of ours, or a result; nothing from inside. */
export function expectNoErrorFromInside(
  exported: Readonly<Record<string, unknown>>,
  { but, most = {}, errors = [] }: OddCalls,
): Promise<void> {
  const isOurs = (error: unknown): boolean => [...ours, ...errors].some((kind) => error instanceof kind);
  const entries = Object.entries(exported).filter(
    ([name, value]) => typeof value === "function" && !but.has(name) && !(value.prototype instanceof Error),
  );
  return fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...entries),
      fc.array(fc.constantFrom(...ODD), { maxLength: 4 }),
      async ([name, f], drawn) => {
        const args = drawn.slice(0, most[name]);
        try {
          const isClass = /^class\b/.test(String(f));
          await (isClass
            ? new (f as new (...args: unknown[]) => unknown)(...args)
            : (f as Callable)(...args));
        } catch (error) {
          expect(isOurs(error), `${name}: ${String(error)}`).toBe(true);
        }
      },
    ),
    runs(500),
  );
}
