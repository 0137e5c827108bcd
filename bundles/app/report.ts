/** Puts what a program of a page found, or why it found nothing, where the driver of the browser looks for it. */
export function report(found: Promise<unknown>): void {
  const page = globalThis as { findings?: unknown };
  found.then(
    (findings) => {
      page.findings = findings;
    },
    (error: unknown) => {
      page.findings = { failed: error instanceof Error ? error.stack : String(error) };
    },
  );
}
