/** Frames over a socket: each with its length before it, eight bytes, the lowest first. */
import type { Socket } from "node:net";

const HEADER = 8;

export class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #received = 0;
  #waiting: { resolve(frame: Uint8Array): void; reject(error: Error): void } | undefined;
  #closed: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#received += chunk.length;
      this.#deliver();
    });
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(new Error("the connection was closed")));
  }

  send(frame: Uint8Array): void {
    const header = new DataView(new ArrayBuffer(HEADER));
    header.setBigUint64(0, BigInt(frame.length), true);
    this.#socket.write(new Uint8Array(header.buffer));
    this.#socket.write(frame);
  }

  /** The next frame. One at a time. @throws Error where the connection ends before it is whole, as a rejection */
  receive(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#deliver();
    });
  }

  /** What was sent still arrives. */
  close(): void {
    this.#socket.end();
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#deliver();
  }

  #deliver(): void {
    if (!this.#waiting) return;
    const frame = this.#take();
    if (!frame && !this.#closed) return;
    const { resolve, reject } = this.#waiting;
    this.#waiting = undefined;
    if (frame) resolve(frame);
    else reject(this.#closed!);
  }

  #take(): Uint8Array | undefined {
    if (this.#received < HEADER) return undefined;
    if (this.#chunks[0]!.length < HEADER) this.#chunks = [Buffer.concat(this.#chunks)];
    const length = Number(this.#chunks[0]!.readBigUInt64LE(0));
    if (this.#received < HEADER + length) return undefined;
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(HEADER + length)];
    this.#received = this.#chunks[0]!.length;
    return all.subarray(HEADER, HEADER + length);
  }
}
