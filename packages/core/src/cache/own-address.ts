/**
 * Where this code was loaded from, as the trace of an error says: `import.meta` is not there in every format that bundlers
 * write. Undefined where traces are cut off.
 */
export function ownAddress(): string | undefined {
  const frame = /(?:[(@]|at )((?:file:|https?:|blob:|\/|[A-Za-z]:[\\/]).*?):\d+:\d+\)?$/m;
  return frame.exec(new Error().stack ?? "")?.[1];
}
