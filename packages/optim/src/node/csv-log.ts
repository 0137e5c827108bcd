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
 * A callback that writes metrics as a table: `step,epoch,loss,validation.loss`, numbers exactly. A metric that comes
 * later becomes a column, and the file is written anew. Training that goes on from a checkpoint appends, without rows
 * twice; training that begins anew replaces the file.
 */
export const csvLog = (path: string, options: MetricsLogOptions = {}): Callback =>
  metricsLog(path, csv(), checkOptionNames("csvLog", options, "rows"));

function csv(): RowFormat {
  let columns: string[] = [];
  const line = (row: MetricsRow): string => `${columns.map((name) => row[name] ?? "").join(",")}\n`;
  return {
    file(rows) {
      columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
      if (rows.length === 0) return "";
      return `${columns.map(quoted).join(",")}\n${rows.map(line).join("")}`;
    },
    line: (row) => (Object.keys(row).every((name) => columns.includes(name)) ? line(row) : undefined),
    parse(text) {
      const [head = "", ...rows] = wholeLines(text);
      const names = cellsOf(head);
      return rows.map((row) => {
        const cells = cellsOf(row).map((cell, i) => [names[i], cell] as const);
        return Object.fromEntries(
          cells.filter(([, cell]) => cell !== "").map(([name, cell]) => [name, Number(cell)]),
        );
      });
    },
  };
}

/** RFC 4180: a cell with a comma, a quote or a new line stands in quotes, its quotes twice. Ours have no new lines. */
const quoted = (name: string): string =>
  /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""').replace(/[\r\n]+/g, " ")}"` : name;

const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, inQuotes, plain]) =>
    inQuotes === undefined ? (plain ?? "") : inQuotes.replaceAll('""', '"'),
  );
