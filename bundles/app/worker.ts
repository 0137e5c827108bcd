/** The program in a worker, whose own file is gone when it runs: the page looks up the code. */
import { check } from "./check.ts";

const scope = globalThis as unknown as { postMessage(message: unknown): void };

check(async () => "").then(
  (findings) => scope.postMessage(findings),
  (error: unknown) => scope.postMessage({ failed: error instanceof Error ? error.stack : String(error) }),
);
