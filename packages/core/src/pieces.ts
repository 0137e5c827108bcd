/** Work in pieces: it may rest at each `yield`. Passes that take long yield between their parts. */
export type Pieces<T> = Generator<void, T, void>;

/** Does all of it at once. */
export function finish<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Does it in slices of some milliseconds, between which the event loop has its turn. */
export async function inSlices<T>(work: Pieces<T>, milliseconds = 12): Promise<T> {
  for (;;) {
    const end = performance.now() + milliseconds;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < end);
    await new Promise<void>((resume) => {
      setTimeout(resume, 0);
    });
  }
}
