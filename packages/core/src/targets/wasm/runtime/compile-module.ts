import { GraphError } from "../../../errors.ts";
import { engine } from "../engine.ts";

/** @throws GraphError where the page's policy forbids it */
export function compileModule(bytes: Uint8Array): object {
  try {
    return new (engine().Module)(bytes);
  } catch (error) {
    throw explained(error);
  }
}

/** The same beside the main thread. */
export const compileModuleAsync = (bytes: Uint8Array): Promise<object> =>
  engine()
    .compile(bytes)
    .catch((error: unknown) => {
      throw explained(error);
    });

/** What engines say where a Content-Security-Policy lacks `wasm-unsafe-eval`: each its own, none of them the remedy. */
function explained(error: unknown): unknown {
  const text = String(error);
  if (!/content.security.policy|\bCSP\b|unsafe-eval/i.test(text)) return error;
  const blocked = new GraphError({
    op: "compile",
    problem: "the Content-Security-Policy of the page forbids WebAssembly",
    hint: `add 'wasm-unsafe-eval' to its script-src, or run without: createRuntime({ target: "interpreter" })`,
  });
  blocked.cause = error;
  return blocked;
}
