import type { NDArray } from "@org/core";

/**
 * CRC-32 of everything that a checkpoint holds, as eight hexadecimal digits: names, types and numbers of its tensors, and
 * its text. Any burst of up to 32 changed bits changes it. The order of names does not.
 * Source: IEEE 802.3, the reflected polynomial 0xEDB88320
 */
export function checksumOf(
  tensors: Readonly<Record<string, NDArray>>,
  metadata: Readonly<Record<string, string>>,
): string {
  const values = sorted(tensors);
  const types = values.map(([name, { dtype, shape }]) => [name, dtype, shape]);
  const texts = sorted(metadata).map(([name, text]) => [name, String(text)] as const);
  const head = JSON.stringify([types, texts.map(([name, text]) => [name, text.length])]);
  // Texts one by one: together they could be longer than any string.
  const written = [head, ...texts.map(([, text]) => text)].map((text) => new TextEncoder().encode(text));
  const parts = [...written, ...values.map(([, { data }]) => bytesOf(data))];
  const table = crcTable();
  const crc = parts.reduce((crc, part) => crcOf(part, crc, table), 0xffffffff);
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

const sorted = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const bytesOf = ({ buffer, byteOffset, byteLength }: NDArray["data"]): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function crcTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc;
  });
}

function crcOf(bytes: Uint8Array, start: number, table: Int32Array): number {
  let crc = start;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 0xff]!;
  return crc;
}
