import type { Data, DType } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Where Node's console looks for the text of a value. A name, not an import: pages have none to ask. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Gives a record or a function its text, for `String` and for Node's console; whoever lists its keys sees no more. */
export function printedAs<Value extends object>(value: Value, line: () => string): Value {
  for (const key of ["toString", inspect]) Object.defineProperty(value, key, { value: line });
  return value;
}

/** A base for what Node's console prints by its `toString`. */
export const Printed: new () => object = printed();

function printed(): new () => object {
  class Base {}
  const value = function (this: object): string {
    return String(this);
  };
  Object.defineProperty(Base.prototype, inspect, { value });
  return Base;
}

/** Numbers that are printed of a value. */
const MOST_NUMBERS = 12;

/** Elements as nested rows in one line: `[[1, 2, 3], …]`, numbers to six digits. */
export function showElements(dtype: DType, shape: Shape, data: Data): string {
  if (data.length !== sizeOf(shape)) return "(a transferred or shrunk buffer)";
  if (data.length === 0) return "[]";
  let printed = 0;
  const row = (axis: number, offset: number): string => {
    if (axis === shape.length) {
      printed++;
      return showElement(dtype, data[offset]!);
    }
    const stride = sizeOf(shape.slice(axis + 1));
    const parts: string[] = [];
    for (let i = 0; i < shape[axis]!; i++) {
      if (printed >= MOST_NUMBERS) {
        parts.push("…");
        break;
      }
      parts.push(row(axis + 1, offset + i * stride));
    }
    return `[${parts.join(", ")}]`;
  };
  return row(0, 0);
}

function showElement(dtype: DType, value: number): string {
  if (dtype === "bool") return String(value !== 0);
  if (Object.is(value, -0)) return "-0";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}

/**
 * What somebody gave where something else was expected, in a few words: the end of a message.
 * @example
 * inWords("adam"); // → 'the text "adam"'
 * inWords({ rate: 1 }); // → "{ rate }"
 * inWords(new Map()); // → "a Map"
 */
export function inWords(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value)}`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (Object(value) !== value) return String(value);
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1); // of another realm, too
  if (kind !== "Object") return `a ${kind}`;
  const { toString } = value as object;
  return typeof toString === "function" && toString !== Object.prototype.toString
    ? String(value)
    : showEntries(Object.keys(value as object));
}

/** The same of a list, entry by entry. */
export const listInWords = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(inWords).join(", ")}]` : inWords(value);

/** At most so many entries in one line. */
const MOST_ENTRIES = 6;

/** Entries between braces, on one line: `{ x f32 [2], … }`. */
export const showEntries = (entries: readonly string[]): string => {
  const shown = entries.length > MOST_ENTRIES ? [...entries.slice(0, MOST_ENTRIES), "…"] : entries;
  return shown.length > 0 ? `{ ${shown.join(", ")} }` : "{}";
};
