let said = false;

/** Says once that threads were asked for where workers cannot start; steps run on one thread then. */
export function sayNoWorkers(reason: string): void {
  if (said) return;
  said = true;
  console.warn(
    [
      `threads: workers could not start (${reason}), so one thread does all the work`,
      "  hint: a page with a Content-Security-Policy has to allow blob: by worker-src, or createRuntime({ worker: url }) starts workers from a file of your own",
    ].join("\n"),
  );
}
