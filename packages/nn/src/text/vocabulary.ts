import { FeedError, inWords } from "@org/core";

/**
 * The characters of a text and their ids: code points in ascending order, counted from 0. A character outside of the
 * Basic Multilingual Plane, such as an emoji, is one character.
 * @example
 * const vocabulary = Vocabulary.of("hello");
 * vocabulary.characters; // → ["e", "h", "l", "o"]
 * vocabulary.encode("hole"); // → [1, 3, 2, 0]
 * vocabulary.decode([1, 0, 2, 2, 3]); // → "hello"
 * vocabulary.encode("help"); // throws FeedError
 */
export class Vocabulary {
  /** The character of each id. */
  readonly characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws FeedError for a character that is listed twice or is not one code point */
  constructor(characters: readonly string[]) {
    if (!Array.isArray(characters)) throw refuse("an array of characters", inWords(characters));
    this.characters = Array.from(characters);
    this.#ids = new Map(Array.from(characters, (character, id) => [character, id]));
    const wrong = this.characters.findIndex(
      (character) => typeof character !== "string" || [...character].length !== 1,
    );
    if (wrong >= 0)
      throw refuse("one code point each", `${received(characters[wrong])} as character ${wrong}`);
    if (this.#ids.size === characters.length) return;
    const twice = characters.find((character, id) => this.#ids.get(character) !== id)!;
    throw refuse("each character once", `${show(twice)} twice`);
  }

  /** The vocabulary of all characters in a text. */
  static of(text: string): Vocabulary {
    if (typeof text !== "string") throw refuse("a text", inWords(text));
    const points = Array.from(new Set(text), (character) => character.codePointAt(0)!);
    return new Vocabulary(points.sort((a, b) => a - b).map((point) => String.fromCodePoint(point)));
  }

  /** From what `toJSON` wrote. @throws FeedError */
  static from(json: unknown): Vocabulary {
    if (typeof json !== "string") throw refuse("a string of characters", typeof json);
    return new Vocabulary([...json]);
  }

  get size(): number {
    return this.characters.length;
  }

  /** The id of each character. @throws FeedError for a character that the vocabulary does not have */
  encode(text: string): Int32Array {
    if (typeof text !== "string") throw refuse("a text", inWords(text));
    return Int32Array.from([...text], (character, place) => {
      const id = this.#ids.get(character);
      if (id !== undefined) return id;
      throw refuse(`one of ${this.size} characters`, `${show(character)} at character ${place}`);
    });
  }

  /** The character of each id, joined. @throws FeedError for an id that is out of range */
  decode(ids: Iterable<number>): string {
    return Array.from(ids, (id) => {
      const character = this.characters[id];
      if (character !== undefined) return character;
      throw refuse(`ids from 0 to ${this.size - 1}`, String(id));
    }).join("");
  }

  /** All characters as one string. */
  toJSON(): string {
    return this.characters.join("");
  }
}

const show = (character: string): string =>
  `${JSON.stringify(character)} (U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")})`;

const received = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : value === null ? "null" : typeof value;

const refuse = (expected: string, received: string): FeedError =>
  new FeedError("text", expected, received, "vocabulary");
