import type { RewriteName } from "./rewrite/pipeline.ts";
import type { RewriteReport } from "./rewrite/rewrite.ts";
import type { JobReport, TargetRewrite } from "./runtime.ts";

/** What was compiled. `String(report)` is five lines that say it. */
export interface Report extends Omit<JobReport, "rewrites"> {
  readonly target: string;
  readonly threads: number;
  /** Nodes outside of loops. */
  readonly nodes: number;
  /** How often each rewrite fired, and why it looked and declined. */
  readonly rewrites: Readonly<Record<RewriteName | TargetRewrite, RewriteReport>>;
  /** Bytes of the parameters that it reads or updates. */
  readonly parameterBytes: number;
}

/** `1234567`, `B` → `1.23 MB` */
export function withPrefix(value: number, unit: string): string {
  const steps = Math.min(4, Math.max(0, Math.floor(Math.log10(value || 1) / 3)));
  return `${Number((value / 1000 ** steps).toPrecision(3))} ${["", "k", "M", "G", "T"][steps]}${unit}`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Where it runs, what it is made of, what it computes, what it holds, what rewrites did. */
export function showReport(report: Report): string {
  const { target, threads, fma, wide, nodes, kernels, flops } = report;
  const rewrites = Object.entries(report.rewrites);
  const fired = rewrites.flatMap(([name, { fired }]) => (fired > 0 ? [`${name} ${fired}`] : []));
  const declined = rewrites.flatMap(([name, { declined }]) => {
    const [reason] = Object.keys(declined);
    return reason === undefined ? [] : [`${name} (${reason})`];
  });
  const engine = fma ? `, fused multiply-add, vectors of ${wide ? 256 : 128} bits` : "";
  return [
    `runs on ${target}, ${plural(threads, "thread")}${engine}`,
    `${plural(nodes, "node")}, loops counting as one, became ${plural(kernels, "kernel")} in ${withPrefix(report.codeBytes, "B")} of code`,
    `a call makes ${withPrefix(flops, "FLOP")} in matrix products`,
    `memory: ${withPrefix(report.arenaBytes, "B")} for values, ${withPrefix(report.parameterBytes, "B")} for parameters`,
    `rewrites: ${fired.join(", ") || "none fired"}${declined.length > 0 ? `; declined: ${declined.join(", ")}` : ""}`,
  ].join("\n");
}
