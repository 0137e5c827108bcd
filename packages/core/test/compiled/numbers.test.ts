/** Watched executables stop at the same number as the interpreter, and say the same about it; nothing has changed. */
import { arbitraryGraph } from "@org/core/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ArrayValue,
  add,
  array,
  checkpoint,
  compile,
  constant,
  div,
  evaluate,
  exp,
  grad,
  input,
  log,
  matmul,
  mul,
  NumericError,
  type Parameter,
  parameter,
  type Runtime,
  scan,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "../../src/index.ts";
import { interpreterRuntime } from "../../src/runtime.ts";
import { LitteredRuntime } from "./littered-runtime.ts";

interface Program {
  readonly inputs?: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly parameters?: readonly Parameter[];
  readonly feeds?: Readonly<Record<string, ArrayValue>>;
}

/** What is said of the first bad number; undefined where there is none. Parameters would be doubled. */
function watched(program: Program, runtime: Runtime): NumericError | undefined {
  const { inputs = {}, outputs, parameters = [], feeds = {} } = program;
  const updates = parameters.map((each) => [each, mul(each, 2)] as const);
  const run = compile({ inputs, outputs, updates, checkNumerics: true, runtime });
  const before = parameters.map(({ value }) => value);
  try {
    run(feeds as never);
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    expect(parameters.map(({ value }) => value)).toEqual(before);
    return error;
  }
  parameters.forEach((each, i) => {
    each.value = before[i]!;
  });
  return undefined;
}

/** The error of both targets, which is one. */
function caught(program: Program): NumericError | undefined {
  const reference = watched(program, interpreterRuntime);
  const runtime = new LitteredRuntime();
  const error = watched(program, runtime);
  runtime.dispose();
  expect(error?.message).toBe(reference?.message);
  expect(error && { ...error }).toEqual(reference && { ...reference });
  return error;
}

const x = input("x", [3]);

describe("the same error as the interpreter", () => {
  test.each<[string, ArrayValue, string]>([
    ["log of a negative number", [1, -1, 2], "log"],
    ["log of zero", [1, 0, 2], "log"],
    ["an input that is no number", [1, Number.NaN, 2], "input"],
    ["an infinite input", [1, 2, -Infinity], "input"],
  ])("%s", (_, value, op) => {
    const error = caught({
      inputs: { x },
      outputs: { y: sum(log(x)) },
      feeds: { x: value },
    });
    expect(error?.op).toBe(op);
    expect(error?.tensor).toBe(op === "input" ? "x" : undefined);
  });

  test("the source line of the op", () => {
    const error = caught({ inputs: { x }, outputs: { y: div(1, x) }, feeds: { x: [1, 0, 2] } });
    expect(error?.source).toMatch(/numbers\.test\.ts:\d+:\d+$/);
  });

  test("a bad parameter, by its name", () => {
    const [w, v] = [parameter("weight", [1, Number.NaN]), parameter("other", [1, 2])];
    expect(caught({ outputs: { y: mul(v, add(w, 1)) }, parameters: [v, w] })?.tensor).toBe("weight");
  });

  test("the first of two, in the order of the graph", () => {
    const outputs = { a: exp(mul(x, 1000)), b: log(x) };
    expect(caught({ inputs: { x }, outputs, feeds: { x: [-1, 1, 1] } })?.op).toBe("exp");
  });

  test("single precision overflows where double precision does not", () => {
    const program = (dtype: "f32" | "f64"): Program => {
      const y = input("y", [], dtype);
      return { inputs: { y }, outputs: { z: exp(y) }, feeds: { y: 100 } };
    };
    expect(caught(program("f32"))?.op).toBe("exp");
    expect(caught(program("f64"))).toBeUndefined();
  });

  test("a total that overflows", () => {
    const y = constant(array(new Float32Array(40).fill(1e37)));
    expect(caught({ outputs: { y: sum(y) } })?.op).toBe("sum");
    expect(caught({ outputs: { y: matmul(y, y) } })?.op).toBe("matmul");
  });
});

describe("what is no accident", () => {
  test("a mask of minus infinity, and what is computed from it", () => {
    const masked = where([true, false, true], x, -Infinity);
    const outputs = { y: sum(exp(masked)), z: exp(sub(masked, 1)), g: grad(sum(exp(masked)), x) };
    expect(caught({ inputs: { x }, outputs, feeds: { x: [1, 2, 3] } })).toBeUndefined();
  });

  test("a bad number beside the mask is one", () => {
    const masked = where([true, false, true], log(x), -Infinity);
    expect(caught({ inputs: { x }, outputs: { y: exp(masked) }, feeds: { x: [1, 2, -3] } })?.op).toBe("log");
  });
});

describe("inside of loops", () => {
  /** A scan whose carry grows by `exp(h x)`. */
  const growing = (options: { readonly reverse?: boolean; readonly checkpoint?: number } = {}) =>
    scan(
      (h: Tensor, row: Tensor) => {
        const next = exp(mul(h, row));
        return { carry: next, y: next };
      },
      { init: constant(1), xs: x, ...options },
    );

  test.each([
    [{}, [5, 5, 5], 1],
    [{}, [100, 1, 1], 0],
    [{}, [1, 1, 5], undefined],
    [{ reverse: true }, [5, 5, 5], 1],
    [{ reverse: true }, [5, 5, 1], 0],
  ])("%j of %j stops at step %s", (options, value, step) => {
    const { carry, ys } = growing(options);
    const error = caught({ inputs: { x }, outputs: { carry, ys }, feeds: { x: value } });
    expect(error?.steps).toEqual(step === undefined ? undefined : [step]);
  });

  test.each([
    [[5, 5, 5], 1],
    [[100, 1, 1], 0],
    [[1, 1, 100], 2],
  ])("a carry that is not kept, %j", (value, step) => {
    const { carry } = growing();
    const error = caught({ inputs: { x }, outputs: { carry }, feeds: { x: value } });
    expect(error?.message).toContain("first Infinity");
    expect(error?.steps).toEqual([step]);
  });

  test("checkpointed loops count segments and steps", () => {
    const { carry } = growing({ checkpoint: 2 });
    expect(caught({ inputs: { x }, outputs: { carry }, feeds: { x: [5, 5, 5] } })?.op).toBe("exp");
  });

  test("nested loops count each", () => {
    const { carry } = scan(
      (h: Tensor, row: Tensor) => {
        const { carry: inner } = scan((c: Tensor) => ({ carry: mul(c, row) }), {
          init: h,
          length: 4,
          reverse: true,
        });
        return { carry: inner };
      },
      { init: constant(1), xs: x },
    );
    // 1, then 1e9^4 in the second: the third factor of the third step of the inner loop, which runs backwards.
    expect(caught({ inputs: { x }, outputs: { carry }, feeds: { x: [1, 1e10, 1] } })?.steps).toEqual([1, 0]);
  });

  test("backward loops", () => {
    const w = parameter("w", [4, 0, 9]);
    const { carry } = scan((h: Tensor, row: Tensor) => ({ carry: add(h, sqrt(row)) }), {
      init: constant(0),
      xs: w,
    });
    expect(caught({ outputs: { carry } })).toBeUndefined();
    const error = caught({ outputs: { carry, ...grad(carry, { w }) }, parameters: [w] });
    expect(error?.op).toBe("div");
  });

  test("a checkpoint that runs again", () => {
    const block = checkpoint((t: Tensor) => square(sqrt(t)));
    const error = caught({ inputs: { x }, outputs: grad(sum(block(x)), { x }), feeds: { x: [1, 0, 4] } });
    expect(error?.op).toBe("div");
  });
});

test("random graphs whose parameters grow out of hand", () => {
  let stopped = 0;
  const large = fc.integer({ min: 0, max: 300 });
  fc.assert(
    fc.property(arbitraryGraph(), large, ({ inputs, loss, outputs, parameters, feeds }, exponent) => {
      for (const each of parameters) each.value = evaluate(mul(each, 10 ** exponent));
      const gradients = grad(loss, parameters) as readonly Tensor[];
      const all = Object.fromEntries([...outputs, ...gradients].map((tensor, i) => [i, tensor]));
      if (caught({ inputs, outputs: all, parameters, feeds })) stopped++;
    }),
    { numRuns: 60 }, // always: a few draws would not tell whether anything stops
  );
  expect(stopped).toBeGreaterThan(0);
});

test("a watched executable goes on after an error, and gives what the interpreter does", () => {
  const w = parameter("w", [1, 2, 3]);
  const runtime = new LitteredRuntime();
  const y = mul(w, log(x));
  const run = compile({ inputs: { x }, outputs: { y }, updates: [[w, y]], checkNumerics: true, runtime });
  expect(() => run({ x: [1, 2, -1] })).toThrow(NumericError);
  expect(w.value.toNested()).toEqual([1, 2, 3]);
  const expected = evaluate(y, { x: [1, 2, 3] });
  expect(run({ x: [1, 2, 3] }).y.data[2]).toBeCloseTo(expected.data[2]!, 6);
  expect(w.value.data[2]).toBeCloseTo(expected.data[2]!, 6);
});
