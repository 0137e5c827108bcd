import type { Data, DType } from "./dtype.ts";

/** How elements of one kind lie in a file, and what they become. */
export interface TensorFormat {
  /** In the header. */
  readonly name: string;
  /** Of the array. */
  readonly dtype: DType;
  /** Of an element in the file. */
  readonly bytes: number;
  /** The elements of a buffer of their own; `refuse` is called for one that the dtype does not hold. */
  read(buffer: ArrayBuffer, refuse: Refuse): Data;
}

/** Throws. */
export type Refuse = (expected: string, received: string) => never;

interface TypedArray<Elements> {
  new (buffer: ArrayBuffer): Elements;
  readonly BYTES_PER_ELEMENT: number;
}

/** Elements as arrays have them. */
const same = (name: string, dtype: DType, Elements: TypedArray<Data>): TensorFormat => ({
  name,
  dtype,
  bytes: Elements.BYTES_PER_ELEMENT,
  read: (buffer) => new Elements(buffer),
});

/** Whole numbers of other widths: they have to fit into 32 bits. */
const whole = (name: string, Elements: TypedArray<ArrayLike<number | bigint>>): TensorFormat => ({
  name,
  dtype: "i32",
  bytes: Elements.BYTES_PER_ELEMENT,
  read: (buffer, refuse) => fitting(new Elements(buffer), refuse),
});

/** What arrays have here, the widest first: data are stored in this order, which keeps them aligned. */
export const FORMATS: readonly TensorFormat[] = [
  same("F64", "f64", Float64Array),
  same("F32", "f32", Float32Array),
  same("I32", "i32", Int32Array),
  { name: "BOOL", dtype: "bool", bytes: 1, read: readFlags },
];

/** What is read besides, widened. */
export const READ_FORMATS: readonly TensorFormat[] = [
  ...FORMATS,
  { name: "F16", dtype: "f32", bytes: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), half) },
  { name: "BF16", dtype: "f32", bytes: 2, read: readBrainFloats },
  whole("I64", BigInt64Array),
  whole("U64", BigUint64Array),
  whole("U32", Uint32Array),
  whole("I16", Int16Array),
  whole("U16", Uint16Array),
  whole("I8", Int8Array),
  whole("U8", Uint8Array),
];

function readFlags(buffer: ArrayBuffer, refuse: Refuse): Uint8Array<ArrayBuffer> {
  const flags = new Uint8Array(buffer);
  if (flags.some((byte) => byte > 1)) refuse("bytes 0 and 1", "another byte");
  return flags;
}

/** IEEE 754 binary16: a sign, 5 bits of exponent from -14 to 15, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The upper halves of binary32. */
function readBrainFloats(buffer: ArrayBuffer): Float32Array<ArrayBuffer> {
  const words = Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16);
  return new Float32Array(words.buffer);
}

function fitting(values: ArrayLike<number | bigint>, refuse: Refuse): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: values.length }, (_, i) => {
    const value = Number(values[i]);
    return value === (value | 0) ? value : refuse("whole numbers of 32 bits", `${values[i]} at element ${i}`);
  });
}

/** What another kind of file begins with, and what to do about it. */
const FOREIGN: readonly (readonly [first: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "a zip archive, such as torch.save, numpy.savez and Keras write"],
  [[0x80, 0x02], "a pickle, such as torch.save wrote before PyTorch 1.6"],
  [[0x89, 0x48, 0x44, 0x46], "an HDF5 file, such as Keras writes"],
  [[0x93, 0x4e, 0x55, 0x4d], "an array of numpy.save"],
];

/** What bytes are that are not safetensors, with a remedy; undefined where nothing is known of them. */
export function foreignKind(bytes: Uint8Array): string | undefined {
  const found = FOREIGN.find(([first]) => first.every((byte, i) => bytes[i] === byte));
  return (
    found &&
    `${found[1]}; in Python, safetensors.torch.save_file(model.state_dict(), path) writes what is read here`
  );
}
