import type { Give, Message, Reason, Request, RequestName, Take } from "./protocol.ts";

/** Something that the worker would not do, and why. */
export class Refusal extends Error {
  /** Which error of the worker it was. */
  readonly kind: string;
  constructor({ name, message }: Reason) {
    super(message);
    this.kind = name;
  }
}

type Event = Exclude<Message, { kind: "answer" | "refusal" }>;

/** The page's end of the worker. */
export class Client {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 0;

  constructor(listen: (event: Event) => void) {
    this.#worker = new Worker(new URL("./training/worker.ts", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      if (data.kind !== "answer" && data.kind !== "refusal") {
        listen(data);
        return;
      }
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.kind === "answer") waiting?.resolve(data.value);
      else waiting?.reject(new Refusal(data.reason));
    });
    this.#worker.addEventListener("error", ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    });
  }

  /** @throws Refusal */
  ask<Name extends RequestName>(name: Name, ...take: Take<Name>): Promise<Give<Name>> {
    const id = this.#next++;
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: Request = { id, name, take };
      this.#worker.postMessage(request);
    }) as Promise<Give<Name>>;
  }
}
