import { Printed } from "../inspection.ts";
import { badness, type Comparison, type Tally } from "./comparison.ts";
import type { Suspect } from "./suspects.ts";

/** What a check found out. */
export interface Findings {
  readonly tally: Tally;
  readonly order: 1 | 2;
  readonly mode: "directions" | "full";
  readonly seed: number;
  readonly evaluations: number;
  readonly kinks: Kinks;
  readonly suspects: readonly Suspect[];
}

/** What was done about kinks. */
export interface Kinks {
  /** How often the point was moved, because a kink was inside the smallest step. */
  readonly moved: number;
  /** Derivatives at ties that moving does not undo, held between the one-sided ones. */
  readonly bounded: number;
}

/**
 * The result of `checkGradients`. `toString()` says it in words.
 * @example
 * const x = parameter("x", [1, 2]);
 * const report = checkGradients(sum(square(x)), x);
 * report.passed; // → true
 * report.comparisons; // → 3
 * report.suspects; // → []
 */
export class GradientReport extends Printed {
  readonly passed: boolean;
  /** The comparison that came nearest to its tolerance, or went farthest beyond; undefined where nothing was compared. */
  readonly worst: Comparison | undefined;
  /** The worst comparison of each order. */
  readonly orders: ReadonlyMap<1 | 2, Comparison>;
  /** The worst of those that failed, at most 16. */
  readonly failures: readonly Comparison[];
  /** How many failed. */
  readonly failed: number;
  /** How many derivatives were compared. */
  readonly comparisons: number;
  readonly order: 1 | 2;
  readonly mode: "directions" | "full";
  readonly seed: number;
  /** Runs of the interpreter. */
  readonly evaluations: number;
  readonly kinks: Kinks;
  /** Nodes whose own rule differs from differences of the node alone; the first of the forward graph first. */
  readonly suspects: readonly Suspect[];

  constructor({ tally, order, mode, seed, evaluations, kinks, suspects }: Findings) {
    super();
    this.passed = tally.passed;
    this.worst = tally.worst;
    this.orders = tally.orders;
    this.failures = [...tally.failures].sort((a, b) => badness(b) - badness(a));
    this.failed = tally.failed;
    this.comparisons = tally.count;
    this.order = order;
    this.mode = mode;
    this.seed = seed;
    this.evaluations = evaluations;
    this.kinks = kinks;
    this.suspects = suspects;
  }

  /** @throws GradientError with the text of the report, where the check failed */
  assert(): void {
    if (!this.passed) throw new GradientError(this);
  }

  /** How it ended and the worst comparison, in one line. */
  override toString(): string {
    const { worst, passed, comparisons, failed, order } = this;
    if (!worst) return "GradientReport: nothing to compare";
    const count = passed
      ? `passed, ${comparisons} comparisons`
      : `failed, ${failed} of ${comparisons} comparisons`;
    const place = worst.against === "adjoint" ? "jvp against vjp" : `${derivative(worst)} along ${at(worst)}`;
    const numbers = passed
      ? `${small(worst.error)} apart, ${small(worst.tolerance)} allowed`
      : `${show(worst.analytic)}, expected ${show(worst.numeric)} ± ${small(worst.tolerance)}`;
    return `GradientReport: ${count} of ${order === 2 ? "orders 1 and 2" : "order 1"}, worst ${place}: ${numbers}`;
  }

  /** All of it, over several lines: the worst comparison, kinks and ties, and the nodes that are to blame. */
  get text(): string {
    const { worst, passed, comparisons, failed } = this;
    const orders = this.order === 2 ? "orders 1 and 2" : "order 1";
    const about = `${orders}, mode ${this.mode}, seed ${this.seed}, ${this.evaluations} evaluations`;
    if (!worst) return `nothing to compare: the outputs or wrt have no elements (${about})`;
    const lines = passed
      ? [`gradients agree with differences: ${comparisons} comparisons (${about})`]
      : [`gradients differ from differences: ${failed} of ${comparisons} comparisons (${about})`];
    lines.push(...describe(worst));
    if (this.kinks.moved > 0) lines.push(`  kinks: the point was moved ${times(this.kinks.moved)}`);
    if (this.kinks.bounded > 0) {
      lines.push(`  ties: ${this.kinks.bounded} derivatives lie between the one-sided ones`);
    }
    if (!passed) lines.push(...accuse(this.suspects));
    return lines.join("\n");
  }
}

/** A failed check. */
export class GradientError extends Error {
  readonly report: GradientReport;
  constructor(report: GradientReport) {
    super(report.text);
    this.name = "GradientError";
    this.report = report;
  }
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

const at = ({ path, element }: { path: string; element: readonly number[] | undefined }): string =>
  element && element.length > 0 ? `${path}[${element.join(", ")}]` : path;

export const show = (value: number): string =>
  value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6)
    ? String(Number(value.toPrecision(12)))
    : value.toExponential(8);

const small = (value: number): string => (value === 0 ? "0" : value.toExponential(1));

const derivative = ({ order, output }: Comparison): string =>
  `${order === 1 ? "gradient" : "second derivative"}${output ? ` of ${at(output)}` : ""}`;

function describe(worst: Comparison): string[] {
  const { order, against, analytic, numeric, error, estimate, tolerance, step, settled } = worst;
  if (against === "adjoint") {
    return [
      `  worst: order ${order}, jvp against vjp`,
      `    ⟨Jᵀu, t⟩    ${show(analytic)}`,
      `    ⟨u, Jt⟩     ${show(numeric)}`,
      `    apart       ${small(error)}, allowed ${small(tolerance)}`,
    ];
  }
  return [
    `  worst: ${derivative(worst)} along ${at(worst)}`,
    `    rules       ${show(analytic)}`,
    `    differences ${show(numeric)} ± ${small(estimate)} (step ${small(step)})`,
    `    apart       ${small(error)}, allowed ${small(tolerance)}`,
    ...(settled ? [] : ["    the differences do not settle: the function is too rough here to be checked"]),
  ];
}

function accuse(suspects: readonly Suspect[]): string[] {
  if (suspects.length === 0) {
    return ["  every node alone agrees with differences: what is wrong lies between the rules"];
  }
  return suspects.flatMap((suspect) => {
    const { op, name, source, ruleOf, inside, operand, comparison } = suspect;
    const { element, analytic, numeric, estimate, step } = comparison;
    const who = [
      `${op}${name === undefined ? "" : ` ${JSON.stringify(name)}`}`,
      ruleOf && `in the gradient rule of ${ruleOf}`,
      inside.length > 0 && `in ${inside.join(", ")}`,
      source && `at ${source}`,
    ];
    const place = at({ path: `operand ${operand ?? "?"}`, element });
    return [
      `  wrong rule: ${who.filter(Boolean).join(" ")}`,
      comparison.against === "adjoint"
        ? "    not linear in the gradient that it receives: jvp and vjp differ"
        : `    ${place}: rule ${show(analytic)}, differences ${show(numeric)} ± ${small(estimate)} (step ${small(step)})`,
    ];
  });
}
