/** A message of Protocol Buffers as it is written: fields in order, each with its number. Source: protobuf.dev, "Encoding". */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** A whole number; below 0 in ten bytes, as 64 bits in two's complement. */
  integer(field: number, value: number): this {
    return this.#tag(field, 0).#varint(value);
  }

  /** A float of 32 bits. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, 5).#push(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, 2).#varint(value.length).#push(value);
  }

  message(field: number, value: Message): this {
    this.#tag(field, 2).#varint(value.#length);
    this.#parts.push(...value.#parts);
    this.#length += value.#length;
    return this;
  }

  /** Every value under the same number. */
  each<Value>(write: (value: Value) => unknown, values: Iterable<Value>): this {
    for (const value of values) write(value);
    return this;
  }

  get length(): number {
    return this.#length;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return this.#push(Uint8Array.from(bytes));
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}
