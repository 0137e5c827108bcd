/** Two signals of one Ctrl-C: the terminal and a parent process such as a package runner both deliver it. */
const ECHO = 1000;

/**
 * Runs something that Ctrl-C (SIGINT) or SIGTERM asks to end, through an AbortSignal: `interruptible((signal) =>
 * train({ …, signal, checkpoint }))` finishes the step, saves and returns a result that says `interrupted`. For a second
 * more, signals are taken for echoes of the first; a later one ends the process at once. Before and after, signals do what
 * they did.
 */
export async function interruptible<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let first: number | undefined;
  const rest = (): number => (first === undefined ? 0 : first + ECHO - performance.now());
  const listen = (signal: NodeJS.Signals): void => {
    first ??= performance.now();
    controller.abort(signal);
    if (rest() > 0) return;
    ignore();
    process.kill(process.pid, signal);
  };
  const ignore = (): void => void process.off("SIGINT", listen).off("SIGTERM", listen);
  process.on("SIGINT", listen).on("SIGTERM", listen);
  try {
    return await run(controller.signal);
  } finally {
    if (rest() > 0) setTimeout(ignore, rest()).unref();
    else ignore();
  }
}
