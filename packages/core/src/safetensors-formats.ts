import type { Data, DType } from "./dtype.ts";

/** How elements of one kind lie in a file, and what they become. */
export interface TensorFormat {
  /** In the header. */
  readonly name: string;
  /** Of the array. */
  readonly dtype: DType;
  /** Of an element in the file. */
  readonly bytes: number;
  /** The elements of a buffer of their own. @throws Misfit for one that the dtype does not hold */
  read(buffer: ArrayBuffer): Data;
}

/** An element that its dtype does not hold. */
export class Misfit {
  readonly expected: string;
  readonly received: string;
  constructor(expected: string, received: string) {
    this.expected = expected;
    this.received = received;
  }
}

/** What arrays have here, the widest first: data are stored in this order, which keeps them aligned. */
export const FORMATS: readonly TensorFormat[] = [
  { name: "F64", dtype: "f64", bytes: 8, read: (buffer) => new Float64Array(buffer) },
  { name: "F32", dtype: "f32", bytes: 4, read: (buffer) => new Float32Array(buffer) },
  { name: "I32", dtype: "i32", bytes: 4, read: (buffer) => new Int32Array(buffer) },
  { name: "BOOL", dtype: "bool", bytes: 1, read: readFlags },
];

/** What is read besides, widened; whole numbers of more bits have to fit into 32. */
export const READ_FORMATS: readonly TensorFormat[] = [
  ...FORMATS,
  { name: "F16", dtype: "f32", bytes: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), half) },
  { name: "BF16", dtype: "f32", bytes: 2, read: readBrainFloats },
  { name: "I64", dtype: "i32", bytes: 8, read: (buffer) => fitting(new BigInt64Array(buffer)) },
  { name: "U64", dtype: "i32", bytes: 8, read: (buffer) => fitting(new BigUint64Array(buffer)) },
  { name: "U32", dtype: "i32", bytes: 4, read: (buffer) => fitting(new Uint32Array(buffer)) },
  { name: "I16", dtype: "i32", bytes: 2, read: (buffer) => Int32Array.from(new Int16Array(buffer)) },
  { name: "U16", dtype: "i32", bytes: 2, read: (buffer) => Int32Array.from(new Uint16Array(buffer)) },
  { name: "I8", dtype: "i32", bytes: 1, read: (buffer) => Int32Array.from(new Int8Array(buffer)) },
  { name: "U8", dtype: "i32", bytes: 1, read: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
];

function readFlags(buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const flags = new Uint8Array(buffer);
  if (flags.some((byte) => byte > 1)) throw new Misfit("bytes 0 and 1", "another byte");
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

function fitting(values: BigInt64Array | BigUint64Array | Uint32Array): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: values.length }, (_, i) => {
    const value = Number(values[i]);
    if (value === (value | 0)) return value;
    throw new Misfit("whole numbers of 32 bits", `${values[i]} at element ${i}`);
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
