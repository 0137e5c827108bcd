/** Arrays whose numbers are computed when somebody first reads them. */
import { describe, expect, test } from "vitest";
import {
  add,
  array,
  compile,
  deferredArray,
  evaluate,
  grad,
  loadTensors,
  mul,
  NDArray,
  parameter,
  saveTensors,
  square,
  sum,
  withDType,
} from "../../src/index.ts";

/** An array of 1, 2, …, and how often it was computed. */
function counted(dtype: "f32" | "f64" = "f64", size = 3) {
  const calls = { count: 0 };
  const made = deferredArray(dtype, [size], () => {
    calls.count++;
    const numbers = Array.from({ length: size }, (_, i) => i + 1);
    return dtype === "f32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
  });
  return { made, calls };
}

test("computes once, when it is read, and is an array like any other", () => {
  const { made, calls } = counted();
  expect(made).toBeInstanceOf(NDArray);
  expect([made.dtype, made.shape]).toEqual(["f64", [3]]);
  expect(calls.count).toBe(0);
  expect([...made.data]).toEqual([1, 2, 3]);
  made.data[0] = 9;
  expect(String(made)).toBe("NDArray f64 [3] [9, 2, 3]");
  expect(calls.count).toBe(1);
  expect(made).toEqual(array(Float64Array.of(9, 2, 3)));
  expect(Object.keys(made)).toEqual(Object.keys(array([1])));
  expect(structuredClone({ ...made })).toEqual({ dtype: "f64", shape: [3], data: Float64Array.of(9, 2, 3) });
});

test("copies compute their own numbers, whatever becomes of the first", () => {
  const { made, calls } = counted();
  const copy = array(made);
  const p = parameter("p", made);
  expect(calls.count).toBe(0);
  made.data[0] = 9;
  expect([...copy.data]).toEqual([1, 2, 3]);
  expect([...p.value.data]).toEqual([1, 2, 3]);
  expect(calls.count).toBe(3);
  expect([...array(made).data]).toEqual([9, 2, 3]);
  expect(calls.count).toBe(3);
});

test("another dtype or shape is computed at once", () => {
  const { made, calls } = counted();
  expect(array(made, { dtype: "f32" })).toEqual(array([1, 2, 3]));
  expect(calls.count).toBe(1);
  expect(array(counted().made, { shape: [3, 1] }).toNested()).toEqual([[1], [2], [3]]);
  expect(() => array(counted().made, { shape: [2] })).toThrow("3 elements do not fill [2]");
});

describe("parameters", () => {
  const network = (p: ReturnType<typeof parameter>) => {
    const loss = sum(square(mul(p, 2)));
    const [g] = grad(loss, [p]);
    return { loss, step: () => compile({ outputs: { loss }, updates: [[p, add(p, mul(-0.1, g!))]] }) };
  };

  test("are drawn, differentiated and compiled without a number, and begin with theirs", () => {
    const { made, calls } = counted();
    const p = parameter("p", made);
    const step = network(p).step();
    expect(calls.count).toBe(0);
    expect(step().loss.item()).toBe(4 * 14);
    expect(calls.count).toBe(1);
    expect(evaluate(mul(p, 1)).data[0]).toBeCloseTo(1 - 0.8, 12);
    expect(calls.count).toBe(1);
  });

  test("that are loaded before they are read compute nothing", () => {
    const { made, calls } = counted();
    const p = parameter("p", made);
    p.value = loadTensors(saveTensors({ p: array(Float64Array.of(4, 5, 6)) })).p!;
    expect(network(p).step()().loss.item()).toBe(4 * (16 + 25 + 36));
    expect(calls.count).toBe(0);
  });

  test("may be read inside of a run, and in another default dtype", () => {
    const { made, calls } = counted("f32");
    const p = parameter(
      "p",
      deferredArray("f32", [3], () => evaluate(mul(made, 2)).data),
    );
    expect(withDType("f64", () => evaluate(add(p, p))).toNested()).toEqual([4, 8, 12]);
    expect(calls.count).toBe(1);
  });
});

test("numbers that do not fit are refused where they are read, each time", () => {
  const short = deferredArray("f32", [3], () => new Float32Array(2));
  expect(() => short.data).toThrow("NDArray: 2 elements do not fill [3] (3)");
  expect(() => short.data).toThrow("NDArray: 2 elements do not fill [3] (3)");
  const other = deferredArray("f32", [3], () => new Float64Array(3));
  expect(() => evaluate(mul(other, 1))).toThrow("f32 is not held in a Float64Array");
});
