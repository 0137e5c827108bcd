/** Checkpoints of a state: all of it or nothing, and never another model's. */
import { array, loadMetadata, parameter, saveTensors } from "@org/core";
import { CheckpointError, restoreCheckpoint, saveCheckpoint, type TrainingState } from "@org/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const state = () => ({
  weights: { W: parameter("W", [[1, 2]]), b: parameter("b", [3], "f64") },
  key: parameter("key", [7, -8], "i32"),
});

const caught = (run: () => unknown): CheckpointError => {
  try {
    run();
  } catch (error) {
    return error as CheckpointError;
  }
  throw new Error("nothing was thrown");
};

test("every value comes back to the bit, whatever it is", () => {
  const numbers = fc.double({ noDefaultInfinity: false });
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1 }), (values) => {
      const w = parameter("w", Float64Array.from(values), "f64");
      const bytes = saveCheckpoint({ deep: { er: { w } } });
      w.value = values.map(() => 0);
      restoreCheckpoint({ deep: { er: { w } } }, bytes);
      expect(Array.from(w.value.data)).toEqual(values);
    }),
  );
});

describe("a checkpoint of another model", () => {
  test("is refused with the list of all differences, and changes nothing", () => {
    const bytes = saveCheckpoint({
      weights: { W: parameter("W", [[1], [2]]), b: parameter("b", [9]), c: parameter("c", 1) },
    });
    const { weights, key } = state();
    const error = caught(() =>
      restoreCheckpoint({ weights, key }, bytes, "out/checkpoint-000007.safetensors"),
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatchInlineSnapshot(`
      "out/checkpoint-000007.safetensors: of another model, 4 differences
        shape: "weights.W"  [2, 1] in the checkpoint, [1, 2] here
        dtype: "weights.b"  f32 in the checkpoint, f64 here
        missing: "key"  i32 [2]
        unexpected: "weights.c"  f32 []"
    `);
    expect(error.checkpoint).toBe("out/checkpoint-000007.safetensors");
    expect(error.differences).toEqual([
      { kind: "shape", name: "weights.W", found: "[2, 1]", expected: "[1, 2]" },
      { kind: "dtype", name: "weights.b", found: "f32", expected: "f64" },
      { kind: "missing", name: "key", expected: "i32 [2]" },
      { kind: "unexpected", name: "weights.c", found: "f32 []" },
    ]);
    expect([weights.W, weights.b, key].map(({ value }) => value.toNested())).toEqual([
      [[1, 2]],
      [3],
      [7, -8],
    ]);
  });

  test("names that objects have anyway are names", () => {
    const error = caught(() => restoreCheckpoint({ toString: parameter("a", 1) }, saveCheckpoint({})));
    expect(error.differences).toEqual([{ kind: "missing", name: "toString", expected: "f32 []" }]);
  });
});

test("a changed bit of any byte is noticed, and changes nothing", () => {
  const bytes = saveCheckpoint(state(), { metadata: { a: "b" } });
  const here = state();
  for (let byte = 0; byte < bytes.length; byte++) {
    const changed = bytes.slice();
    changed[byte]! ^= 1 << (byte % 8);
    expect(caught(() => restoreCheckpoint(here, changed)).name, `byte ${byte}`).toBe("CheckpointError");
  }
  expect(saveCheckpoint(here, { metadata: { a: "b" } })).toEqual(bytes);
});

// Values: zlib.crc32 of Python of `[[["w","f32",[2]]],[["a",1]]]b` and the bytes of [1, 2] in f32.
test("the checksum is CRC-32 of types, text and numbers", () => {
  const bytes = saveCheckpoint({ w: parameter("w", [1, 2]) }, { metadata: { a: "b" } });
  expect(loadMetadata(bytes)).toEqual({ a: "b", "unroll.checksum": "b77df677" });
  expect(() => restoreCheckpoint({}, saveTensors({}))).toThrow("no checkpoint: it has no checksum");
});

test("long text comes back", () => {
  const long = `"\\${"x".repeat(2 ** 23)}`;
  const restored = restoreCheckpoint({}, saveCheckpoint({}, { metadata: { long } }));
  expect(restored.long === long).toBe(true);
});

test("bytes cut short at any place are refused", () => {
  const bytes = saveCheckpoint(state(), { metadata: { a: "b" } });
  for (let length = 0; length < bytes.length; length++) {
    const error = caught(() => restoreCheckpoint(state(), bytes.subarray(0, length)));
    expect([error.name, error.differences]).toEqual(["CheckpointError", []]);
    expect(error.cause).toMatchObject({ name: "FeedError" });
  }
});

test("what is no state", () => {
  const w = parameter("w", 1);
  const wrong: TrainingState[] = [{ w: [1] as never }, { w: null as never }, { "a.b": w, a: { b: w } }];
  expect(wrong.map((each) => caught(() => saveCheckpoint(each)).message)).toMatchInlineSnapshot(`
    [
      "checkpoint: expected a parameter or a record at "w.0", received number",
      "checkpoint: expected a parameter or a record at "w", received object",
      "checkpoint: two parameters have the path "a.b"",
    ]
  `);
  expect(() => saveCheckpoint({ w }, { metadata: { a: 1 as never } })).toThrow('text for "a"');
});

test("a parameter's array is not held on to", () => {
  const w = parameter("w", [1, 2]);
  const bytes = saveCheckpoint({ w });
  w.value = array([3, 4]);
  restoreCheckpoint({ w }, bytes);
  bytes.fill(0);
  expect(w.value.toNested()).toEqual([1, 2]);
});
