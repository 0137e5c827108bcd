import type { DType } from "./dtype.ts";
import { type Shape, showShape } from "./shape.ts";

/** What an error says of one operand. */
export interface OperandDescription {
  readonly label: string;
  readonly shape?: Shape;
  readonly dtype?: DType;
  /** The user's name for it. */
  readonly name?: string | undefined;
}

/** The parts of an error about an operation; the message is built from them once. */
export interface Complaint {
  readonly op: string;
  readonly problem: string;
  readonly operands?: readonly OperandDescription[];
  /** The op's own rule. */
  readonly rule?: string;
  /** A remedy, given only when it would work. */
  readonly hint?: string;
}

function describe({ label, shape, dtype, name }: OperandDescription): string {
  const parts = [shape && showShape(shape), dtype, name && JSON.stringify(name)];
  return `  ${label}: ${parts.filter(Boolean).join("  ")}`;
}

function compose({ op, problem, operands = [], rule, hint }: Complaint): string {
  const lines = [`${op}: ${problem}`, ...operands.map(describe)];
  if (rule) lines.push(`  rule: ${rule}`);
  if (hint) lines.push(`  hint: ${hint}`);
  return lines.join("\n");
}

/** Names of errors are written out in each class, since minifiers rename classes. */
class OperationError extends Error {
  readonly op: string;
  readonly operands: readonly OperandDescription[];
  readonly rule: string | undefined;
  readonly hint: string | undefined;
  constructor(complaint: Complaint) {
    super(compose(complaint));
    this.op = complaint.op;
    this.operands = complaint.operands ?? [];
    this.rule = complaint.rule;
    this.hint = complaint.hint;
  }
}

/** Shapes or axes that don't fit an operation. */
export class ShapeError extends OperationError {
  override get name(): string {
    return "ShapeError";
  }
}

/** A dtype that an operation does not take. */
export class DTypeError extends OperationError {
  override get name(): string {
    return "DTypeError";
  }
}

/** A graph that has no meaning: a loss that is not a scalar, a loop whose carry changes, a name used twice. */
export class GraphError extends OperationError {
  override get name(): string {
    return "GraphError";
  }
}

/** An equation that does not parse; `column` counts from 1 in `equation`. */
export class EquationError extends GraphError {
  override get name(): string {
    return "EquationError";
  }
  readonly equation: string;
  readonly column: number;
  constructor(problem: string, equation: string, column: number) {
    const pointer = `${" ".repeat(column - 1)}^ column ${column}`;
    super({ op: "math", problem: `${problem}\n  ${equation}\n  ${pointer}` });
    this.equation = equation;
    this.column = column;
  }
}

/** A value handed to an input or a parameter that does not fit it. */
export class FeedError extends Error {
  readonly input: string;
  readonly expected: string;
  readonly received: string;
  constructor(input: string, expected: string, received: string, where = "feed") {
    super(`${where}: ${JSON.stringify(input)}\n  expected: ${expected}\n  received: ${received}`);
    this.name = "FeedError";
    this.input = input;
    this.expected = expected;
    this.received = received;
  }
}

/** A NaN or an infinity, where one was watched for. */
export class NumericError extends Error {
  readonly op: string;
  /** The user's name for the tensor. */
  readonly tensor: string | undefined;
  /** The line of the user's source that made the node. */
  readonly source: string | undefined;
  /** Time steps of the loops around it, outermost first. */
  readonly steps: readonly number[];
  constructor(value: string, op: string, tensor?: string, source?: string, steps: readonly number[] = []) {
    const at = [tensor && JSON.stringify(tensor), steps.length > 0 && `step ${steps.join(", ")}`, source];
    super(
      `${op}: first ${value}\n${at
        .filter(Boolean)
        .map((line) => `  at ${line}`)
        .join("\n")}`,
    );
    this.name = "NumericError";
    this.op = op;
    this.tensor = tensor;
    this.source = source;
    this.steps = steps;
  }
}
