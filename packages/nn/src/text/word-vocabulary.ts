import { checkOptionNames, FeedError, inWords } from "@org/core";

/** What `WordVocabulary` takes. */
export interface WordVocabularyOptions {
  /** The most words, the one for unknown ones among them. Default: all. */
  readonly size?: number;
  /** How often a word has to occur. @default 1 */
  readonly least?: number;
}

/** Letters and digits with apostrophes or hyphens inside are words; any other sign but white space is one by itself. */
const words = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*|[^\s\p{L}\p{M}\p{N}]/gu;

/**
 * The words of a text and their ids, the most frequent first, signs among them; 0 stands for all that are unknown. Words are
 * what they look like: `Whale` and `whale` are two, unless the text is put into small letters before.
 * @example
 * const vocabulary = WordVocabulary.of("the whale, the sea");
 * vocabulary.words; // → ["<unk>", "the", ",", "sea", "whale"]
 * vocabulary.encode("the white whale"); // → [1, 0, 4]
 * vocabulary.decode([1, 4, 2, 3]); // → "the whale, sea"
 */
export class WordVocabulary {
  /** What stands for words that are not known, in `words` and in decoded texts. */
  static readonly unknown = "<unk>";
  /** The word of each id. */
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws FeedError for a list that does not begin with `"<unk>"`, or has a word twice */
  constructor(words: readonly string[]) {
    if (!Array.isArray(words)) throw refuse("an array of words", inWords(words));
    this.words = Array.from(words);
    this.#ids = new Map(Array.from(words, (word, id) => [word, id]));
    if (words[0] !== WordVocabulary.unknown)
      throw refuse(`"${WordVocabulary.unknown}" first`, inWords(words[0]));
    if (this.#ids.size === words.length) return;
    const twice = words.find((word, id) => this.#ids.get(word) !== id);
    throw refuse("each word once", `${JSON.stringify(twice)} twice`);
  }

  /** The words of a text, in order: what `encode` looks up. */
  static split(text: string): string[] {
    if (typeof text !== "string") throw refuse("a text", inWords(text));
    return text.match(words) ?? [];
  }

  /** The most frequent words of a text; of equally frequent ones, those first in the order of code units. */
  static of(text: string, options: WordVocabularyOptions = {}): WordVocabulary {
    const { size = Infinity, least = 1 } = checkOptionNames("WordVocabulary", options, "size least");
    const counts = new Map<string, number>();
    for (const word of WordVocabulary.split(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const known = [...counts]
      .filter(([, count]) => count >= least)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([word]) => word);
    return new WordVocabulary([WordVocabulary.unknown, ...known.slice(0, Math.max(0, size - 1))]);
  }

  /** From what `toJSON` wrote. @throws FeedError */
  static from(json: unknown): WordVocabulary {
    if (!Array.isArray(json)) throw refuse("a list of words", typeof json);
    const wrong = Array.from(json).findIndex((word) => typeof word !== "string");
    if (wrong >= 0)
      throw refuse(
        "a list of words",
        `${json[wrong] === null ? "null" : typeof json[wrong]} as word ${wrong}`,
      );
    return new WordVocabulary(json);
  }

  get size(): number {
    return this.words.length;
  }

  /** The id of each word of a text; 0 for one that is not known. */
  encode(text: string): Int32Array {
    return Int32Array.from(WordVocabulary.split(text), (word) => this.#ids.get(word) ?? 0);
  }

  /** Words with spaces between them, but before closing signs and after opening ones. @throws FeedError for no id */
  decode(ids: Iterable<number>): string {
    const list = Array.from(ids, (id) => {
      const word = this.words[id];
      if (word !== undefined) return word;
      throw refuse(`ids from 0 to ${this.size - 1}`, String(id));
    });
    return list
      .map((word, i) => {
        const glued = i === 0 || /^[.,;:!?)\]}’”…]$/u.test(word) || /^[([{“‘]$/u.test(list[i - 1] ?? "");
        return glued ? word : ` ${word}`;
      })
      .join("");
  }

  /** All words in order. */
  toJSON(): readonly string[] {
    return this.words;
  }
}

const refuse = (expected: string, received: string): FeedError =>
  new FeedError("text", expected, received, "WordVocabulary");
