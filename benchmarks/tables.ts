import type { Spread } from "./statistics.ts";

/** A goal of the issue, and what was reached. */
export interface Goal {
  readonly what: string;
  readonly limit: number;
  /** Whether less is better; default true. */
  readonly atMost?: boolean;
  /** Undefined where it could not be measured. */
  readonly reached: number | undefined;
}

/** A part of the results. */
export interface Section {
  /** What the numbers are, in a sentence or two. */
  readonly about: string;
  /** Markdown. */
  readonly body: string;
  readonly goals?: readonly Goal[];
}

/** A Markdown table; the first column is text, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Three digits, without an exponent. */
export const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/e.*/, "");

/** `26.1 ms`, `130 µs`, `4.08 s` */
export function time(milliseconds: number): string {
  if (milliseconds < 1) return `${digits(milliseconds * 1000)} µs`;
  return milliseconds < 10_000 ? `${digits(milliseconds)} ms` : `${digits(milliseconds / 1000)} s`;
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** `26.1 ms (25.8–27.0 ms)` */
export const timeSpread = ({ median, min, max }: Spread): string =>
  `${time(median)} (${time(min)} – ${time(max)})`;

const round = (value: number): string => value.toFixed(value < 0.01 ? 4 : value < 0.1 ? 3 : 2);

/** `0.80 (0.78 – 0.83)` */
export const ratioSpread = ({ median, min, max }: Spread): string =>
  `${round(median)} (${round(min)} – ${round(max)})`;

function goalRow({ what, limit, atMost = true, reached }: Goal): string[] {
  const met = reached !== undefined && (atMost ? reached <= limit : reached >= limit);
  const verdict = reached === undefined ? "not measured" : met ? "met" : "**not met**";
  return [what, `${atMost ? "≤" : "≥"} ${limit}`, reached === undefined ? "–" : round(reached), verdict];
}

/** A section in Markdown. */
export function showSection(title: string, { about, body, goals = [] }: Section): string {
  const parts = [`## ${title}`, about, body];
  if (goals.length > 0) parts.push(table(["goal", "limit", "reached", ""], goals.map(goalRow)));
  return `${parts.join("\n\n")}\n`;
}
