/** A buffer that grows, with the number formats of the WebAssembly binary format. */
export class ByteWriter {
  #bytes: Uint8Array;
  #lastView: DataView | undefined;
  length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get #view(): DataView {
    this.#lastView ??= new DataView(this.#bytes.buffer);
    return this.#lastView;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.length + count));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#lastView = undefined;
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.length);
    this.length += values.length;
  }

  /** Unsigned LEB128, up to 32 bits. */
  u32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** Signed LEB128 of the 32 bits of `value`. */
  i32(value: number): void {
    let rest = value | 0;
    while (rest > 63 || rest < -64) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of the 64 bits of `value`. */
  i64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest > 63n || rest < -64n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** Four bytes, little-endian. */
  word32(bits: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, bits >>> 0, true);
    this.length += 4;
  }

  f32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A UTF-8 name after its length. */
  name(text: string): void {
    const { length } = text;
    const start = this.length;
    this.u32(length);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 128) this.byte(code);
      else {
        this.length = start;
        this.#encoded(text);
        return;
      }
    }
  }

  #encoded(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.u32(encoded.length);
    this.bytes(encoded);
  }

  /** What another writer holds, after its length. */
  sized(content: ByteWriter): void {
    this.u32(content.length);
    this.bytes(content.view());
  }

  /** Opens a gap of `count` bytes at `at`, filled with the last `count` bytes written. */
  moveTail(at: number, count: number): void {
    const tail = this.#bytes.slice(this.length - count, this.length);
    this.#bytes.copyWithin(at + count, at, this.length - count);
    this.#bytes.set(tail, at);
  }

  /** The bytes so far; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}
