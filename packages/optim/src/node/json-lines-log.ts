import { checkOptionNames } from "@org/core";
import type { Callback } from "../training/callback.ts";
import {
  type MetricsLogOptions,
  type MetricsRow,
  metricsLog,
  type RowFormat,
  wholeLines,
} from "./metrics-log.ts";

/**
 * A callback that writes metrics as lines of JSON: `{"step":20,"epoch":1,"loss":0.25,"validation.loss":0.31}`, numbers
 * exactly, those that are not finite as text. Training that goes on from a checkpoint appends, without rows twice; training
 * that begins anew replaces the file.
 */
export const jsonLinesLog = (path: string, options: MetricsLogOptions = {}): Callback =>
  metricsLog(path, jsonLines, checkOptionNames("jsonLinesLog", options, "rows"));

/** Rows as lines of JSON. */
export const jsonLines: RowFormat = {
  file: (rows) => rows.map(lineOf).join(""),
  line: lineOf,
  parse: (text) => wholeLines(text).flatMap(rowOf),
};

function lineOf(row: MetricsRow): string {
  const values = Object.entries(row).map(([name, x]) => [name, Number.isFinite(x) ? x : String(x)]);
  return `${JSON.stringify(Object.fromEntries(values))}\n`;
}

/** Lines of anything else are left out. */
function rowOf(line: string): MetricsRow[] {
  try {
    const values = Object.entries(JSON.parse(line)).map(([name, value]) => [name, Number(value)]);
    return [Object.fromEntries(values)];
  } catch {
    return [];
  }
}
