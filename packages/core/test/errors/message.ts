/** The name and the whole message of what `run` throws. */
export function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return `${(error as Error).name}\n${(error as Error).message}`;
  }
  throw new Error("expected an error");
}
