import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Callback } from "../training/callback.ts";
import { replaceFile } from "./replace-file.ts";

/** What a log of metrics takes. */
export interface MetricsLogOptions {
  /** A row for each step, or one for each epoch with means. @default "step" */
  readonly rows?: "step" | "epoch";
}

/** `step`, `epoch` (passes made when the row began), metrics, and those of a validation as `validation.<name>`. */
export type MetricsRow = Readonly<Record<string, number>>;

/** How rows are written: a file of all of them, or one line more. */
export interface RowFormat {
  file(rows: readonly MetricsRow[]): string;
  /** Undefined where the row does not fit to those before it, and the file has to be written anew. */
  line(row: MetricsRow): string | undefined;
  /** The rows of a file; a last line that is not whole is left out. */
  parse(text: string): MetricsRow[];
}

/**
 * A callback that writes a row per step to a file; what comes later for the same step, such as a validation, goes into
 * the same row. Where training goes on from a checkpoint, rows behind it, which come again, are taken out first; where it
 * begins anew, so does the file.
 */
export function metricsLog(path: string, format: RowFormat, options: MetricsLogOptions): Callback {
  const { rows: kind = "step" } = options;
  let file: number | undefined;
  let last: MetricsRow | undefined;
  /** Where in the file the last row begins, and where it ends. */
  let [begin, end] = [0, 0];

  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const rewrite = (rows: readonly MetricsRow[]): void => {
    close();
    const text = format.file(rows);
    replaceFile(path, text);
    file = openSync(path, "r+");
    last = rows.at(-1);
    end = Buffer.byteLength(text);
    begin = end - (last ? Buffer.byteLength(format.line(last) ?? "") : 0);
  };
  const add = (step: number, epoch: number, metrics: Readonly<Record<string, number>>, prefix = ""): void => {
    const same = last?.step === step;
    const named = Object.entries(metrics).map(([name, value]) => [prefix + name, value] as const);
    const row = { ...(same ? last : { step, epoch }), ...Object.fromEntries(named) };
    const line = format.line(row);
    if (line === undefined) {
      const rows = format.parse(readText(path));
      rewrite([...(same ? rows.slice(0, -1) : rows), row]);
      return;
    }
    // A row that gets more metrics gets longer, so one write replaces it.
    if (!same) begin = end;
    end = begin + writeSync(file!, line, begin);
    last = row;
  };

  return {
    start({ step }) {
      const rows = step === 0 ? [] : format.parse(readText(path));
      rewrite(rows.filter((row) => row.step !== undefined && row.step <= step));
    },
    step({ step, epoch, metrics }) {
      if (kind === "step") add(step, epoch, metrics);
    },
    epoch({ step, epoch, metrics }) {
      if (kind === "epoch") add(step, epoch, metrics);
    },
    validation({ step, epoch, metrics }) {
      add(step, epoch, metrics, "validation.");
    },
    checkpoint() {
      if (file !== undefined) fsyncSync(file);
    },
    end: close,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** The lines of a text that are whole. */
export const wholeLines = (text: string): string[] => text.split("\n").slice(0, -1);
