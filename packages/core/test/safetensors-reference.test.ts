/** Files of the reference implementation, written by scripts/fixtures/safetensors_files.py. */
import { readFileSync } from "node:fs";
import { array, type DType, loadMetadata, loadTensors, type NDArray, saveTensors } from "@org/core";
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
