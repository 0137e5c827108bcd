import type { ByteWriter } from "./byte-writer.ts";

/** Why a value cannot be a constant, as text; undefined where it can. */
export function constantProblem(type: string, value: unknown): string | undefined {
  if (type === "i32") {
    const fits = Number.isInteger(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 32;
    return fits ? undefined : `${value} is no 32-bit integer`;
  }
  if (type === "i64") {
    const integer = typeof value === "bigint" || Number.isSafeInteger(value);
    const fits = integer && BigInt(value as number) >= -(2n ** 63n) && BigInt(value as number) < 2n ** 64n;
    return fits ? undefined : `${value} is no 64-bit integer (take a bigint beyond 2^53)`;
  }
  return typeof value === "number" ? undefined : `${value} is no number`;
}

/** The opcode of a scalar constant and its immediate. */
export function writeConstant(
  code: ByteWriter,
  type: "i32" | "i64" | "f32" | "f64",
  value: number | bigint,
): void {
  if (type === "i32") {
    code.byte(0x41);
    code.i32(Number(value));
  } else if (type === "i64") {
    code.byte(0x42);
    code.i64(BigInt(value));
  } else if (type === "f32") {
    code.byte(0x43);
    code.f32(Number(value));
  } else {
    code.byte(0x44);
    code.f64(Number(value));
  }
}

type Writer = (view: DataView, at: number, value: number | bigint) => void;

const laneWriters: Record<string, Writer> = {
  i8x16: (view, at, value) => view.setInt8(at, Number(value)),
  i32x4: (view, at, value) => view.setInt32(at, Number(value), true),
  i64x2: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  f32x4: (view, at, value) => view.setFloat32(at, Number(value), true),
  f64x2: (view, at, value) => view.setFloat64(at, Number(value), true),
};

/** Vectors of one number in all lanes, by group: polynomials ask for the same ones in every kernel. */
const uniform = new Map<string, Map<number | bigint, Uint8Array>>();

/** The 16 bytes of a vector constant, which nobody writes to; undefined where `group` has no lanes or their number is wrong. */
export function vectorBytes(group: string, lanes: readonly (number | bigint)[]): Uint8Array | undefined {
  const [first] = lanes;
  if (lanes.length !== 1 || first === 0) return newVector(group, lanes); // a map does not tell 0 from -0
  const known = uniform.get(group)?.get(first!);
  if (known) return known;
  const bytes = newVector(group, lanes);
  if (!bytes) return undefined;
  const ofGroup = uniform.get(group);
  if (!ofGroup || ofGroup.size >= MOST_VECTORS) uniform.set(group, new Map([[first!, bytes]]));
  else ofGroup.set(first!, bytes);
  return bytes;
}

const MOST_VECTORS = 1000;

function newVector(group: string, lanes: readonly (number | bigint)[]): Uint8Array | undefined {
  const count = Number(group.split("x")[1]);
  const write = laneWriters[group];
  if (!write || (lanes.length !== 1 && lanes.length !== count)) return undefined;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) write(view, (16 / count) * i, lanes.length === 1 ? lanes[0]! : lanes[i]!);
  return bytes;
}

/** The opcode of a vector constant and its bytes. */
export function writeVector(code: ByteWriter, bytes: Uint8Array): void {
  code.byte(0xfd);
  code.byte(0x0c);
  code.bytes(bytes);
}
