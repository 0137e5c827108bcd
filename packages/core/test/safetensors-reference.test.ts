/** Files of the reference implementation, written by scripts/fixtures/safetensors_files.py. */
import { readFileSync } from "node:fs";
import {
  array,
  type DType,
  FeedError,
  loadMetadata,
  loadTensors,
  type NDArray,
  saveTensors,
} from "@org/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Recorded {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** -0, NaN and infinities as text. */
  readonly data: readonly (number | string)[];
}

const folder = new URL("fixtures/safetensors/", import.meta.url);
const bytesOf = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`${name}.safetensors`, folder)));
const { files } = JSON.parse(readFileSync(new URL("values.json", folder), "utf8")) as {
  readonly files: Record<string, { metadata: Record<string, string>; tensors: Record<string, Recorded> }>;
};

const valuesOf = (tensors: Record<string, Recorded>): Record<string, NDArray> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      array(Float64Array.from(data, Number), { dtype, shape }),
    ]),
  );

const raw = ({ data }: NDArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe.each(Object.entries(files))("%s", (name, { metadata, tensors }) => {
  test("is read, to the last bit", () => {
    const loaded = loadTensors(bytesOf(name));
    const expected = valuesOf(tensors);
    expect(Object.keys(loaded).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) {
      expect(loaded[key]).toMatchObject({ dtype: value.dtype, shape: value.shape });
      expect(raw(loaded[key]!), key).toEqual(raw(value));
    }
    expect(loadMetadata(bytesOf(name))).toEqual(metadata);
  });

  test("is what saveTensors writes, byte by byte", () => {
    const written = Object.keys(metadata).length > 0 ? { metadata } : {};
    expect(saveTensors(valuesOf(tensors), written)).toEqual(bytesOf(name));
  });
});

test("what the reference has read is what saveTensors still writes", () => {
  const all = Object.assign({}, ...Object.values(files).map(({ tensors }) => valuesOf(tensors)));
  expect(saveTensors(all, { metadata: { "written by": "saveTensors" } })).toEqual(bytesOf("ours"));
});

describe("dtypes that arrays don't have", () => {
  const others = JSON.parse(readFileSync(new URL("others.json", folder), "utf8")) as Record<string, Recorded>;

  test("what PyTorch saved as half, brain, long, short and bytes is read as PyTorch widens it", () => {
    const loaded = loadTensors(bytesOf("others"));
    expect(loaded).toEqual(valuesOf(others));
    expect(Object.is(loaded.half!.data[7], -0)).toBe(true);
  });

  /** A file of one tensor of these bytes. */
  const fileOf = (dtype: string, raw: ArrayBufferView, shape: readonly number[]): Uint8Array => {
    const header = { x: { dtype, shape, data_offsets: [0, raw.byteLength] } };
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + raw.byteLength);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    bytes.set(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), 8 + text.length);
    return bytes;
  };

  test("every half there is: order, differences and ends are those of IEEE 754", () => {
    const positive = Uint16Array.from({ length: 0x7c01 }, (_, i) => i);
    const { data } = loadTensors(fileOf("F16", positive, [positive.length])).x!;
    const steps = Array.from({ length: 0x7bff }, (_, i) => data[i + 1]! - data[i]!);
    // The spacing is 2⁻²⁴ below 2⁻¹³, and doubles with each power of two.
    steps.forEach((step, i) => {
      if (step !== 2 ** (Math.max(1, i >> 10) - 25)) expect.fail(`after ${i}: ${step}`);
    });
    expect([data[0], data[0x3c00], data[0x7bff], data[0x7c00]]).toEqual([0, 1, 65504, Infinity]);
    const negative = loadTensors(
      fileOf(
        "F16",
        positive.map((bits) => bits | 0x8000),
        [positive.length],
      ),
    ).x!.data;
    expect(negative.every((value, i) => value === -data[i]!)).toBe(true);
  });

  test("whole numbers that are 32 bits wide or fewer, and no others", () => {
    const whole = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer().map(BigInt));
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 5 }), (values) => {
        const file = fileOf("I64", BigInt64Array.from(values), [values.length]);
        const bad = values.findIndex((value) => value !== BigInt.asIntN(32, value));
        if (bad < 0) expect([...loadTensors(file).x!.data].map(BigInt)).toEqual(values);
        else expect(() => loadTensors(file)).toThrow(`${values[bad]} at element ${bad}`);
      }),
    );
    expect(() =>
      loadTensors(fileOf("U32", Uint32Array.of(1, 2 ** 31), [2])),
    ).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: loadTensors: "x"
        expected: whole numbers of 32 bits
        received: 2147483648 at element 1]
    `);
    expect(loadTensors(fileOf("U64", BigUint64Array.of(7n), [])).x!.item()).toBe(7);
    expect(() => loadTensors(fileOf("U64", BigUint64Array.of(2n ** 64n - 1n), []))).toThrow(FeedError);
    expect(loadTensors(fileOf("U16", Uint16Array.of(65535), [1])).x!.toNested()).toEqual([65535]);
    expect(() => loadTensors(fileOf("F16", Uint16Array.of(1, 2), [3]))).toThrow("6 bytes for F16");
  });

  test("others are refused, or passed over on request", () => {
    const file = fileOf("F8_E4M3", Uint8Array.of(1, 2), [2]);
    expect(() => loadTensors(file)).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: loadTensors: "x"
        expected: dtype F64, F32, I32, BOOL, F16, BF16, I64, U64, U32, I16, U16, I8, U8
        received: "F8_E4M3"]
    `);
    expect(loadTensors(file, { skipUnknown: true })).toEqual({});
    expect(() => loadTensors(file.subarray(0, -1), { skipUnknown: true })).toThrow(FeedError);
    expect(Object.keys(loadTensors(bytesOf("others"), { skipUnknown: true }))).toHaveLength(6);
  });

  test("files of torch.save are called by their name", () => {
    const read = (name: string): Uint8Array => Uint8Array.from(readFileSync(new URL(name, folder)));
    expect(() => loadTensors(read("torch-save.pt"))).toThrowErrorMatchingInlineSnapshot(`
      [FeedError: loadTensors: "header"
        expected: a safetensors file
        received: a zip archive, such as torch.save, numpy.savez and Keras write; in Python, safetensors.torch.save_file(model.state_dict(), path) writes what is read here]
    `);
    expect(() => loadTensors(read("torch-save-legacy.pt"))).toThrow(/a pickle, such as torch\.save/);
    expect(() => loadMetadata(read("torch-save.pt"))).toThrow(/a zip archive/);
  });
});
