import type { Random } from "./random.ts";

/** Some bytes flipped, cut out, doubled or appended. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  if (!random.mutates) return bytes;
  let result: Uint8Array = Uint8Array.from(bytes);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const [at, count] = [random.below(result.length + 1), 1 + random.below(12)];
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const noise = Uint8Array.from({ length: count }, () => random.below(256));
    const change = random.below(6);
    if (change === 0) result = joined(before, after.subarray(count));
    else if (change === 1) result = joined(before, noise, after);
    else if (change === 2) result = joined(before, after.subarray(0, count), after);
    else if (change === 3) result = before.slice();
    else if (at < result.length) result[at] = change === 4 ? result[at]! ^ (1 << random.below(8)) : noise[0]!;
  }
  return result;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Some characters cut out, doubled, or exchanged for pieces that mean something to a reader; at times very many. */
export function mutateText(text: string, pieces: readonly string[], random: Random): string {
  if (!random.mutates) return text;
  let result = text;
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const [at, count] = [random.below(result.length + 1), random.below(8)];
    const [before, after] = [result.slice(0, at), result.slice(at)];
    const change = random.below(40);
    const piece = random.pick(pieces);
    if (change === 0) result = before + piece.repeat(5000) + after;
    else if (change < 10) result = before + after.slice(count);
    else if (change < 16) result = before + after.slice(0, count) + after;
    else result = before + piece + after.slice(change % 2 === 0 ? 0 : count);
  }
  return result;
}

/** What stands where something else was meant. */
const ODD: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => "",
  () => "constructor",
  () => "\ud800",
  () => 0,
  () => -1,
  () => 0.5,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 1e300,
  () => Number.NaN,
  () => [],
  () => ({}),
  () => [null],
  () => ({ length: 3 }),
  () => JSON.parse('{"__proto__": 1}'),
  () => ({ toString: 1, valueOf: 1 }),
  () => new Array(3),
  () => deep(100, true),
  () => deep(20_000, true),
  () => deep(20_000, false),
  () => {
    const self: unknown[] = [];
    self.push(self);
    return self;
  },
];

function deep(levels: number, lists: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = lists ? [value] : { a: value };
  return value;
}

/** A copy with one to three places set to something odd, left out, doubled, or exchanged for a value of another place. */
export function mutateValue(value: unknown, random: Random): unknown {
  if (!random.mutates) return value;
  const root = { value: structuredClone(value) };
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const places = placesIn(root);
    if (places.length === 0) break;
    const { owner, key } = random.pick(places);
    const change = random.below(8);
    if (change === 0 && Array.isArray(owner)) owner.push(owner[Number(key)]);
    else if (change === 1) delete owner[key];
    else if (change === 2) {
      const other = random.pick(places);
      owner[key] = other.owner[other.key];
    } else if (change === 3) {
      const named = random.pick(["__proto__", "constructor", "toString", "x.y", ""]);
      Object.defineProperty(owner, named, { ...PLAIN, value: owner[key] }); // an own one, as JSON.parse makes it
    } else owner[key] = random.pick(ODD)();
  }
  return root.value;
}

interface Place {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

const PLAIN = { enumerable: true, configurable: true, writable: true };

/** The first few levels: what is odd may have no end. */
function placesIn(value: unknown, level = 0): Place[] {
  if (Object(value) !== value || ArrayBuffer.isView(value) || level > 6) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner)
    .slice(0, 20)
    .flatMap((key) => [{ owner, key }, ...placesIn(owner[key], level + 1)]);
}
