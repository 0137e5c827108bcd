/** Writes what a program of a page found, or why it found nothing, to the console, where the driver of the browser reads it. */
export function report(found: Promise<unknown>): void {
  const say = (findings: unknown): void => console.info(`findings:${JSON.stringify(findings)}`);
  found.then(say, (error: unknown) => say({ failed: error instanceof Error ? error.stack : String(error) }));
}
