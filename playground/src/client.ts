import { Problem } from "./problem.ts";
import type { Give, Message, Request, RequestName, Take } from "./protocol.ts";

type Event = Exclude<Message, { kind: "answer" | "refusal" }>;

/** The page's end of the worker. */
export class Client {
  readonly #listen: (event: Event) => void;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #worker: Worker | undefined;
  #next = 0;

  constructor(listen: (event: Event) => void) {
    this.#listen = listen;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./training/worker.ts", import.meta.url), { type: "module" });
    let answered = false;
    worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
      answered = true;
      this.#hear(data);
    });
    // An event with a message is an error of the program; without one, the program did not arrive.
    worker.addEventListener("error", ({ message }) => {
      const reason = { kind: "noWorker", said: {}, ...(message && { detail: message }) } as const;
      for (const { reject } of this.#waiting.values()) reject(new Problem(reason));
      this.#waiting.clear();
      // One that never worked is started anew when it is asked again.
      if (answered) return;
      worker.terminate();
      this.#worker = undefined;
    });
    return worker;
  }

  #hear(message: Message): void {
    if (message.kind !== "answer" && message.kind !== "refusal") {
      this.#listen(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.value);
    else waiting?.reject(new Problem(message.reason));
  }

  /** @throws Problem */
  ask<Name extends RequestName>(name: Name, ...take: Take<Name>): Promise<Give<Name>> {
    const id = this.#next++;
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const request: Request = { id, name, take };
      worker.postMessage(request);
    }) as Promise<Give<Name>>;
  }
}
