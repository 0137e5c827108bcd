/** Before a worker has opened its file, or where it cannot. */
export const NO_FILE = -1;

/** What a worker does first, as text: Node closes the files that a worker has opened when the worker ends, however it ends. */
export const openFile: string = `
  try {
    return process.getBuiltinModule("node:fs").openSync(process.getBuiltinModule("node:os").devNull, "r");
  } catch {
    return ${NO_FILE};
  }`;

interface Files {
  fstatSync(file: number): unknown;
}

/**
 * Whether the worker that has opened a file has ended; seen at once, while the events that tell of it wait for the
 * caller to return. False where nobody can say: in browsers, and before the worker has started.
 */
export function hasEnded(file: number): boolean {
  if (file === NO_FILE) return false;
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const files = process?.getBuiltinModule?.("node:fs") as Files | undefined;
  try {
    files?.fstatSync(file);
    return false;
  } catch {
    return true;
  }
}
