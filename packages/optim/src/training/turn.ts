/** How long training may keep others waiting: signals, timers, a page that is to be drawn. */
const PATIENCE = 15;

/** A function to await between steps: now and then it lets everything else of the program have its turn. */
export function turns(): () => Promise<void> | undefined {
  const { setImmediate: soon = setTimeout } = globalThis as { setImmediate?: (done: () => void) => unknown };
  let last = performance.now();
  return () => {
    if (performance.now() - last < PATIENCE) return undefined;
    return new Promise((done) =>
      soon(() => {
        last = performance.now();
        done();
      }),
    );
  };
}
