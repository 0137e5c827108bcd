/** One record of TensorBoard's event files: what was measured at a step, or a mark of its own. */
export interface EventRecord {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Numbers by tag. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** The first record of a file. */
  readonly version?: string;
  /** Training goes on at this step: readers drop what other files have from here on. */
  readonly restart?: boolean;
}

/**
 * A record's bytes: the length, the event as a Protocol Buffer, and checksums of both.
 * Source: TensorFlow's `record_writer.cc` (framing), `event.proto` and `summary.proto` (fields)
 */
export function eventBytes({
  wallTime,
  step,
  scalars = {},
  version,
  restart = false,
}: EventRecord): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    message(1, [...text(1, tag), ...float(2, value)]),
  );
  const data = Uint8Array.from([
    ...double(1, wallTime),
    ...(step > 0 ? [...key(2, VARINT), ...varint(step)] : []),
    ...(version === undefined ? [] : text(3, version)),
    ...(values.length === 0 ? [] : message(5, values.flat())),
    // SessionLog { status: START }
    ...(restart ? message(7, [...key(1, VARINT), 1]) : []),
  ]);
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5] as const;

const key = (field: number, wire: number): number[] => [(field << 3) | wire];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const message = (field: number, content: readonly number[]): number[] => [
  ...key(field, BYTES),
  ...varint(content.length),
  ...content,
];

const text = (field: number, content: string): number[] =>
  message(field, [...new TextEncoder().encode(content)]);

const double = (field: number, value: number): number[] => [
  ...key(field, FIXED64),
  ...new Uint8Array(Float64Array.of(value).buffer),
];

const float = (field: number, value: number): number[] => [
  ...key(field, FIXED32),
  ...new Uint8Array(Float32Array.of(value).buffer),
];

/** The checksum of Castagnoli 1993, bit by bit from the lowest. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Turned and shifted, so that checksums of data that holds checksums are none of their own. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
