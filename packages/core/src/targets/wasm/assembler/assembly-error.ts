/** Code that WebAssembly would refuse, found while it is being written: the stack trace begins at the caller's line. */
export class AssemblyError extends Error {
  readonly instruction: string;
  /** Name of the function being built. */
  readonly functionName: string;
  /** Types the instruction takes, and types on the operand stack of the innermost block. */
  readonly expected: readonly string[];
  readonly available: readonly string[];

  constructor(
    instruction: string,
    problem: string,
    where: { functionName: string; expected?: readonly string[]; stack?: readonly string[] },
    entry?: (...args: never[]) => unknown,
  ) {
    const { functionName, expected = [], stack = [] } = where;
    const lines = [`${instruction}: ${problem}`, `  function: ${JSON.stringify(functionName)}`];
    if (where.expected) lines.push(`  expected: [${expected.join(" ")}]`);
    if (where.stack) lines.push(`  on the stack: [${stack.join(" ")}]`);
    super(lines.join("\n"));
    this.name = "AssemblyError";
    this.instruction = instruction;
    this.functionName = functionName;
    this.expected = expected;
    this.available = stack;
    if (entry) Error.captureStackTrace?.(this, entry);
  }
}
