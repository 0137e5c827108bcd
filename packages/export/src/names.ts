/** Gives names that differ, close to those wished for. */
export class Names {
  readonly #used: Map<string, number>;
  readonly #spelled: (wished: string) => string;

  /**
   * @param taken Names that are not to be given.
   * @param spelled How a format writes a wished name. Default: as it is.
   */
  constructor(taken: Iterable<string> = [], spelled: (wished: string) => string = (wished) => wished) {
    this.#used = new Map([...taken].map((word) => [word, 1]));
    this.#spelled = spelled;
  }

  /** A name nobody has yet: `wished`, or `wished_2`, … */
  fresh(wished: string): string {
    const name = this.#spelled(wished);
    const count = (this.#used.get(name) ?? 0) + 1;
    this.#used.set(name, count);
    if (count === 1) return name;
    return this.fresh(`${name}_${count}`);
  }

  /** Gives a name away as it is; false where somebody has it. */
  take(name: string): boolean {
    if (this.#used.has(name)) return false;
    this.#used.set(name, 1);
    return true;
  }
}
