import { array, FeedError, loadMetadata, loadTensors, NDArray, parameter, saveTensors } from "@org/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** A file of a header, as text, and data. */
function file(header: string | object, data: ArrayLike<number> = [], length?: number | bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(Array.from(data), 8 + text.length);
  return bytes;
}

const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]): object => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("the format", () => {
  test("a small file, byte by byte", () => {
    const bytes = saveTensors({
      b: array([true, false]),
      a: array([1], { dtype: "f64" }),
      n: array(-2, { dtype: "i32" }),
    });
    const header =
      '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"n":{"dtype":"I32","shape":[],"data_offsets":[8,12]},' +
      '"b":{"dtype":"BOOL","shape":[2],"data_offsets":[12,14]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(bytes).toEqual(file(padded, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0xfe, 0xff, 0xff, 0xff, 1, 0]));
  });

  test("files of others: metadata, spaces, any order, tensors without elements", () => {
    const header = {
      z: f32(4, 8),
      __metadata__: { format: "pt" },
      a: f32(0, 4, []),
      empty: f32(4, 4, [3, 0]),
    };
    const loaded = loadTensors(file(`${JSON.stringify(header)}   `, [0, 0, 128, 63, 0, 0, 0, 64]));
    expect(Object.keys(loaded).sort()).toEqual(["a", "empty", "z"]);
    expect(loaded.a?.toNested()).toBe(1);
    expect(loaded.z?.toNested()).toEqual([2]);
    expect(loaded.empty?.shape).toEqual([3, 0]);
    expect(loadTensors(file("{}"))).toEqual({});
  });

  test("bytes at any offset of a larger buffer; what is loaded shares none of them", () => {
    const bytes = saveTensors({ w: parameter("w", [1, 2, 3]) });
    const buffer = Buffer.concat([Buffer.of(7, 7, 7), bytes]);
    const loaded = loadTensors(buffer.subarray(3));
    buffer.fill(0);
    expect(loaded.w?.toNested()).toEqual([1, 2, 3]);
  });
});

const dtypes = ["f32", "f64", "i32", "bool"] as const;
const arrays: fc.Arbitrary<NDArray> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(3), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const element =
      dtype === "i32"
        ? fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
        : dtype === "bool"
          ? fc.nat(1)
          : fc.double();
    return fc
      .array(element, { minLength: size, maxLength: size })
      .map((data) => array(Float64Array.from(data), { shape, dtype }));
  });

test("what is saved is loaded, to the last bit", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), arrays), (tensors) => {
      fc.pre(!Object.hasOwn(tensors, "__metadata__"));
      const loaded = loadTensors(saveTensors(tensors));
      expect(Object.keys(loaded).sort()).toEqual(Object.keys(tensors).sort());
      for (const [name, value] of Object.entries(tensors)) {
        const { dtype, shape, data } = loaded[name]!;
        expect({ dtype, shape }).toEqual({ dtype: value.dtype, shape: value.shape });
        expect(new Uint8Array(data.buffer)).toEqual(new Uint8Array(value.data.buffer));
      }
    }),
  );
});

test("a Buffer, as a file is read into, whose slices share memory", () => {
  const buffer = Buffer.from(saveTensors({ w: array([1, 2, 3]) }));
  const { w } = loadTensors(buffer);
  buffer.fill(0);
  expect(w!.toNested()).toEqual([1, 2, 3]);
});

test("the order of a record does not change the bytes", () => {
  const [a, b] = [array([1]), array([2])];
  expect(saveTensors({ b, a })).toEqual(saveTensors({ a, b }));
});

describe("metadata", () => {
  test("come back beside the tensors, whatever their text", () => {
    const texts = fc.dictionary(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(texts, (metadata) => {
        const bytes = saveTensors({ w: array([1, 2]) }, { metadata });
        expect(Object.entries(loadMetadata(bytes))).toEqual(Object.entries(metadata));
        expect(Object.keys(loadTensors(bytes))).toEqual(["w"]);
      }),
    );
    expect(loadMetadata(saveTensors({}))).toEqual({});
  });

  test("are text by name", () => {
    expect(() => saveTensors({}, { metadata: { step: 3 as never } })).toThrow('text for "step"');
    expect(() => loadMetadata(file({ __metadata__: ["a"] }))).toThrow("a record of text");
    expect(() => loadMetadata(new Uint8Array(3))).toThrow("8 bytes with its length");
  });
});

test("what cannot be saved", () => {
  expect(() => saveTensors({ w: [1, 2] as never })).toThrowErrorMatchingInlineSnapshot(`
    [FeedError: saveTensors: "w"
      expected: an NDArray or a parameter
      received: object]
  `);
  expect(() => saveTensors({ __metadata__: array([1]) })).toThrowErrorMatchingInlineSnapshot(`
    [FeedError: saveTensors: "__metadata__"
      expected: another name
      received: a name that the format keeps]
  `);
});

test("what could not be loaded again is not saved", () => {
  const gone = array([1, 2]);
  structuredClone(gone.data.buffer, { transfer: [gone.data.buffer as ArrayBuffer] });
  expect(() => saveTensors({ gone })).toThrow("expected: 2 elements");
  const odd = new NDArray("bool", [1], Uint8Array.of(2));
  expect(() => saveTensors({ odd })).toThrow("bytes 0 and 1");
  expect(() => saveTensors({}, { metadata: { long: "x".repeat(1e8 + 1) } })).toThrow(
    "at most 100000000 bytes",
  );
});

test("names with quotes and backslashes are told from each other", () => {
  const names = fc.string({ unit: fc.constantFrom(...'"\\:{}[],a'), maxLength: 8 });
  fc.assert(
    fc.property(fc.uniqueArray(names), fc.string({ unit: fc.constantFrom(...'"\\:{}') }), (all, text) => {
      const tensors = Object.fromEntries(all.map((name) => [name, array(1)]));
      const bytes = saveTensors(tensors, { metadata: { text } });
      expect(Object.keys(loadTensors(bytes)).sort()).toEqual([...all].sort());
    }),
  );
});

describe("bytes that are no such file are refused", () => {
  const data = new Array<number>(8).fill(0);
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "8 bytes with its length"],
    ["half a length", new Uint8Array(7), "8 bytes with its length"],
    ["a header longer than the file", file("{}", [], 3), "at most 2 bytes"],
    ["a header of 2⁶⁴ - 1 bytes", file("{}", [], 2n ** 64n - 1n), "at most 2 bytes"],
    ["no header", file(""), "begins with"],
    ["a space before the header", file(" {}"), "begins with"],
    ["a byte order mark", file("\uFEFF{}"), "begins with"],
    ["an array", file("[]"), "begins with"],
    ["text that is not UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), "UTF-8"],
    ["text that is not JSON", file("{a}"), "JSON"],
    ["deep nesting", file(`{"a":${"[".repeat(1e5)}`), "JSON"],
    ["a deep dtype", file(`{"a":{"dtype":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`), "dtype F64"],
    [
      "a deep shape",
      file(`{"a":{"dtype":"F32","shape":[${"[".repeat(1e5)}${"]".repeat(1e5)}]}}`),
      "a shape of",
    ],
    ["an entry that is no record", file({ a: 3 }), "dtype F64, F32, I32, BOOL"],
    ["null", file({ a: null }), "dtype F64, F32, I32, BOOL"],
    ["another dtype", file({ a: { ...f32(0, 8), dtype: "F8_E4M3" } }, data), '"F8_E4M3"'],
    ["a shape that is no array", file({ a: f32(0, 8, 2) }, data), "whole sizes"],
    ["a negative size", file({ a: f32(0, 8, [-2]) }, data), "whole sizes"],
    ["a fraction of a size", file({ a: f32(0, 8, [2.5]) }, data), "whole sizes"],
    [
      "a size beyond numbers",
      file('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}', data),
      "whole sizes",
    ],
    ["sizes whose product overflows", file({ a: f32(0, 8, [2 ** 40, 2 ** 40]) }, data), "bytes for F32"],
    ["a shape of another size", file({ a: f32(0, 8, [3]) }, data), "12 bytes for F32 [3]"],
    ["no offsets", file({ a: { dtype: "F32", shape: [2] } }, data), "two offsets"],
    ["one offset", file({ a: { ...f32(0, 8), data_offsets: [0] } }, data), "two offsets"],
    [
      "offsets that are no numbers",
      file({ a: { ...f32(0, 8), data_offsets: ["0", "8"] } }, data),
      "two offsets",
    ],
    ["offsets in the wrong order", file({ a: f32(8, 0, [2]) }, data), "offsets in order"],
    ["data beyond the end", file({ a: f32(0, 12) }, data), "up to 8"],
    ["overlapping tensors", file({ a: f32(0, 8), b: f32(4, 8) }, data), '"b"'],
    ["one place for two tensors", file({ a: f32(0, 8), b: f32(0, 8) }, data), '"b"'],
    ["a gap", file({ a: f32(0, 4), b: f32(8, 12) }, [...data, 0, 0, 0, 0]), "data from 4 on"],
    ["a gap at the start", file({ a: f32(4, 8) }, data), "data from 0 on"],
    ["bytes after the last tensor", file({ a: f32(0, 4) }, data), "4 bytes, as the header lists them"],
    [
      "a name twice",
      file(`{"a":${JSON.stringify(f32(0, 8))},"\\u0061":${JSON.stringify(f32(0, 8))}}`, data),
      "twice",
    ],
    [
      "a bool that is neither",
      file({ a: { dtype: "BOOL", shape: [1], data_offsets: [0, 1] } }, [2]),
      "bytes 0 and 1",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => loadTensors(bytes)).toThrow(message);
    expect(() => loadTensors(bytes)).toThrow(expect.objectContaining({ name: "FeedError" }));
  });

  test("something else than bytes, in the name of the function", () => {
    const others: readonly unknown[] = [
      new ArrayBuffer(8),
      "text",
      null,
      undefined,
      5,
      new DataView(new ArrayBuffer(8)),
      [1],
      {},
    ];
    for (const [name, read] of Object.entries({ loadTensors, loadMetadata }))
      for (const other of others) {
        expect(() => read(other as never)).toThrow(FeedError);
        expect(() => read(other as never)).toThrow(
          new RegExp(`^${name}: "bytes"\\n {2}expected: a Uint8Array`),
        );
      }
    expect(() => loadMetadata(new ArrayBuffer(8) as never)).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: loadMetadata: "bytes"
        expected: a Uint8Array
        received: ArrayBuffer, of which new Uint8Array(buffer) makes one]
    `);
  });

  test("names are only names", () => {
    const loaded = loadTensors(file(`{"__proto__":${JSON.stringify(f32(0, 8))}}`, data));
    expect(Object.keys(loaded)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(loaded)).toBe(Object.prototype);
  });

  test("every part of a file, cut or changed, is refused or read as something else, but never breaks", () => {
    const whole = saveTensors({
      w: array([
        [1, 2],
        [3, 4],
      ]),
      on: array([true]),
    });
    for (let length = 0; length < whole.length; length++) {
      expect(() => loadTensors(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ name: "FeedError" }),
      );
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        try {
          loadTensors(changed);
        } catch (error) {
          expect((error as Error).name).toBe("FeedError");
        }
      }),
      { numRuns: 2000 },
    );
  });
});
