import type { DType } from "./dtype.ts";
import { FeedError } from "./errors.ts";
import { requireValues } from "./given.ts";
import { isWhole, NDArray } from "./ndarray.ts";
import { checkOptionNames } from "./option-names.ts";
import { FORMATS, foreignKind, READ_FORMATS, type TensorFormat } from "./safetensors-formats.ts";
import { sizeOf } from "./shape.ts";

const LENGTH_BYTES = 8;
/** As in the reference implementation. */
const LONGEST_HEADER = 100_000_000;
const METADATA = "__metadata__";

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

/** What else `saveTensors` writes. */
export interface SaveTensorsOptions {
  /** Text by name, for the file's header: a version, settings, where the values come from. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Values by name as the bytes of a safetensors file: an 8-byte length, a JSON header, the data. The same values, the
 * same bytes. A parameter stands for its value.
 * @throws FeedError for something that is neither an NDArray nor a parameter, the name `__metadata__`, or names and
 *   metadata of more than the 100 MB that the format reads
 * @example
 * const bytes = saveTensors({ w: parameter("w", [[1, 2], [3, 4]]) });
 * loadTensors(bytes).w; // → [[1, 2], [3, 4]]
 */
export function saveTensors(
  tensors: Readonly<Record<string, NDArray | { readonly value: NDArray }>>,
  options: SaveTensorsOptions = {},
): Uint8Array {
  const { metadata } = checkOptionNames("saveTensors", options, "metadata");
  requireValues("saveTensors", tensors);
  const values = Object.entries(tensors).map(([name, tensor]) => {
    const value = Object(tensor) === tensor && "value" in tensor ? tensor.value : tensor;
    if (name === METADATA)
      throw new FeedError(name, "another name", "a name that the format keeps", "saveTensors");
    if (!(value instanceof NDArray))
      throw new FeedError(name, "an NDArray or a parameter", typeof value, "saveTensors");
    checkStorable(name, value);
    return { name, value, rank: rankOf(value.dtype) };
  });
  values.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));

  const entries: [name: string, entry: Entry][] = [];
  const texts = metadata === undefined ? [] : [[METADATA, checkMetadata(metadata, "saveTensors")]];
  let end = 0;
  for (const { name, value, rank } of values) {
    const begin = end;
    end += value.data.byteLength;
    entries.push([name, { dtype: FORMATS[rank]!.name, shape: value.shape, data_offsets: [begin, end] }]);
  }
  const text = encodeHeader(Object.fromEntries([...texts, ...entries]), [
    ...Object.values(metadata ?? {}),
    ...Object.keys(tensors),
  ]);
  const header = Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES;
  const bytes = new Uint8Array(LENGTH_BYTES + header + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header), true);
  bytes.fill(" ".charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + header);
  bytes.set(text, LENGTH_BYTES);
  values.forEach(({ value: { data } }, i) => {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    bytes.set(raw, LENGTH_BYTES + header + entries[i]![1].data_offsets[0]);
  });
  return bytes;
}

/** What could not be loaded again is not saved. */
function checkStorable(name: string, value: NDArray): void {
  if (!isWhole(value))
    throw new FeedError(name, `${sizeOf(value.shape)} elements`, `${value.data.length}`, "saveTensors");
  if (value.dtype === "bool" && value.data.some((byte) => byte > 1))
    throw new FeedError(name, "bytes 0 and 1", "another byte", "saveTensors");
}

function encodeHeader(header: object, texts: readonly string[]): Uint8Array {
  const least = texts.reduce((sum, text) => sum + text.length, 0);
  let text: Uint8Array | undefined;
  try {
    if (least <= LONGEST_HEADER) text = new TextEncoder().encode(JSON.stringify(header));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // longer than any string
  }
  if (text && text.length <= LONGEST_HEADER) return text;
  const received = `${text ? text.length : `more than ${least}`} bytes of names and metadata`;
  throw new FeedError("header", `at most ${LONGEST_HEADER} bytes`, received, "saveTensors");
}

const rankOf = (dtype: DType): number => FORMATS.findIndex((format) => format.dtype === dtype);

/** How `loadTensors` reads. */
export interface LoadTensorsOptions {
  /** Passes over tensors of dtypes that are not read, such as `F8_E4M3`. @default false, which refuses them */
  readonly skipUnknown?: boolean;
}

/**
 * The values of a safetensors file. `F64 F32 I32 BOOL` are read as they are, `F16 BF16` as f32, `I64 U64 U32 I16 U16 I8 U8` as
 * i32, which their values have to fit. Its metadata are for `loadMetadata`. Nothing in the bytes is trusted: sizes, names
 * and offsets are checked before any data are read, and the data are copied.
 * @throws FeedError for what is no Uint8Array, and for bytes that are not such a file: truncated, malformed, overlapping, with gaps, of other dtypes or
 *   with whole numbers of more than 32 bits; a file of `torch.save` is called by its name
 * @example
 * loadTensors(new Uint8Array(4)); // throws FeedError
 */
export function loadTensors(bytes: Uint8Array, options: LoadTensorsOptions = {}): Record<string, NDArray> {
  const { skipUnknown = false } = checkOptionNames("loadTensors", options, "skipUnknown");
  const { entries, data } = divide(bytes, "loadTensors");
  const tensors = entries.filter(([name]) => name !== METADATA);
  const checked = tensors.map(([name, entry]) => ({ name, ...check(name, entry, data.length, skipUnknown) }));
  checkCover(checked, data.length);
  return Object.fromEntries(
    checked.flatMap(({ name, format, shape, begin, end }) =>
      format
        ? [
            [
              name,
              new NDArray(
                format.dtype,
                shape,
                format.read(data.slice(begin, end).buffer, (...words) => refuse(name, ...words)),
              ),
            ],
          ]
        : [],
    ),
  );
}

/**
 * The metadata of a safetensors file: text by name, empty where there is none.
 * @throws FeedError for bytes that are not such a file
 * @example
 * loadMetadata(saveTensors({}, { metadata: { language: "vi" } })); // → { language: "vi" }
 */
export function loadMetadata(bytes: Uint8Array): Record<string, string> {
  const { entries } = divide(bytes, "loadMetadata");
  return checkMetadata(entries.find(([name]) => name === METADATA)?.[1] ?? {}, "loadMetadata");
}

function checkMetadata(metadata: unknown, where: string): Record<string, string> {
  const entries = Object.entries(Object(metadata) as Record<string, unknown>);
  if (Array.isArray(metadata) || Object(metadata) !== metadata)
    throw new FeedError(METADATA, "a record of text", brief(metadata), where);
  const other = entries.find(([, text]) => typeof text !== "string");
  if (other) throw new FeedError(METADATA, `text for ${JSON.stringify(other[0])}`, typeof other[1], where);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Errors in the name of the function that was called. */
const refusing =
  (where: "loadTensors" | "loadMetadata") =>
  (part: string, expected: string, received: string): never => {
    throw new FeedError(part, expected, received, where);
  };
const refuse: ReturnType<typeof refusing> = refusing("loadTensors");

/** What the header lists, and the data. @throws FeedError */
function divide(
  given: Uint8Array,
  where: "loadTensors" | "loadMetadata",
): { entries: [name: string, entry: unknown][]; data: Uint8Array } {
  const refuse: ReturnType<typeof refusing> = refusing(where);
  // One of another realm is no instance of ours.
  const kind = Object.prototype.toString.call(given).slice("[object ".length, -1);
  if (kind !== "Uint8Array") {
    const remedy = kind === "ArrayBuffer" ? ", of which new Uint8Array(buffer) makes one" : "";
    refuse("bytes", "a Uint8Array", kind + remedy);
  }
  // A Buffer of Node is a Uint8Array whose `slice` does not copy.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < LENGTH_BYTES)
    refuse("header", "8 bytes with its length", `${bytes.length} bytes in all`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const room = Math.min(bytes.length - LENGTH_BYTES, LONGEST_HEADER);
  if (length > room) {
    const foreign = foreignKind(bytes);
    if (foreign) refuse("header", "a safetensors file", foreign);
    refuse("header", `at most ${room} bytes`, `a length of ${length}`);
  }
  const text = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  const data = bytes.subarray(LENGTH_BYTES + length);
  let header: string;
  try {
    header = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
  } catch {
    return refuse("header", "UTF-8", "other bytes");
  }
  if (!header.startsWith("{"))
    refuse("header", 'JSON that begins with "{"', JSON.stringify(header.slice(0, 20)));
  let entries: [name: string, entry: unknown][];
  try {
    entries = Object.entries(JSON.parse(header));
  } catch (error) {
    return refuse("header", "JSON", error instanceof Error ? error.message : String(error));
  }
  if (countNames(header) !== entries.length) refuse("header", "every name once", "a name twice");
  return { entries, data };
}

/**
 * How many names the outermost record of valid JSON lists, repeated ones too: `JSON.parse` keeps only the last. No regular
 * expression: a text in it may be longer than what those can go through.
 */
function countNames(json: string): number {
  let depth = 0;
  let names = 0;
  for (let i = 0; i < json.length; i++) {
    const sign = json[i];
    if (sign === '"') i = endOfText(json, i);
    else if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    else if (sign === ":" && depth === 1) names++;
  }
  return names;
}

/** Where a text that begins at `start` ends: at the next quote that has an even number of backslashes before it. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

interface Place {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function check(
  name: string,
  entry: unknown,
  available: number,
  skipUnknown: boolean,
): Omit<Place, "name"> & { readonly format: TensorFormat | undefined; readonly shape: readonly number[] } {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Partial<Record<keyof Entry, unknown>>;
  const format = READ_FORMATS.find((each) => each.name === dtype);
  if (!format && !(skipUnknown && typeof dtype === "string")) {
    refuse(name, `dtype ${READ_FORMATS.map((each) => each.name).join(", ")}`, brief(dtype));
  }
  if (!isSizes(shape)) return refuse(name, "a shape of whole sizes from 0", brief(shape));
  if (!isSizes(offsets) || offsets.length !== 2) return refuse(name, "two offsets", brief(offsets));
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > available) {
    refuse(name, `offsets in order, up to ${available}`, `${begin} and ${end}`);
  }
  const size = shape.reduce((product, length) => product * length, format?.bytes ?? 0);
  if (format && size !== end - begin)
    refuse(name, `${size} bytes for ${format.name} ${brief(shape)}`, `${end - begin} bytes`);
  return { format, shape, begin, end };
}

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function brief(value: unknown): string {
  try {
    return String(JSON.stringify(value)).slice(0, 60);
  } catch {
    return "something nested too deep"; // which `JSON.parse` reads
  }
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCover(places: readonly Place[], available: number): void {
  let covered = 0;
  for (const { name, begin, end } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      refuse(name, `data from ${covered} on, where the last tensor ends`, `data from ${begin} on`);
    covered = end;
  }
  if (covered !== available)
    refuse("data", `${covered} bytes, as the header lists them`, `${available} bytes`);
}
