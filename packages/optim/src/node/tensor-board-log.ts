import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { checkOptionNames } from "@org/core";
import type { Callback } from "../training/callback.ts";
import { eventBytes } from "./event-file.ts";
import type { MetricsLogOptions } from "./metrics-log.ts";

/** What `tensorBoardLog` takes. */
export interface TensorBoardLogOptions extends MetricsLogOptions {
  /** More numbers to write at each row, such as norms of gradients by layer. Default: none. */
  scalars?(step: number): Readonly<Record<string, number>>;
}

/**
 * A callback that writes metrics as event files, which TensorBoard shows: `tensorboard --logdir folder`. A metric is a
 * scalar of its name, one of a validation `validation/<name>`. Each start of training writes a file of its own; one that
 * goes on from a checkpoint says so, and TensorBoard drops what older files have from there on. Numbers are floats of 32
 * bits, as the format has them.
 */
export function tensorBoardLog(folder: string, options: TensorBoardLogOptions = {}): Callback {
  checkOptionNames("tensorBoardLog", options, "scalars rows");
  const { rows = "step", scalars } = options;
  let file: number | undefined;
  const write = (record: Omit<Parameters<typeof eventBytes>[0], "wallTime">): void => {
    if (file !== undefined) writeSync(file, eventBytes({ ...record, wallTime: Date.now() / 1000 }));
  };
  const add = (step: number, metrics: Readonly<Record<string, number>>): void =>
    write({ step, scalars: { ...metrics, ...scalars?.(step) } });
  return {
    start({ step }) {
      mkdirSync(folder, { recursive: true });
      file = open(folder, Math.floor(Date.now() / 1000));
      write({ step: 0, version: "brain.Event:2" });
      if (step > 0) write({ step: step + 1, restart: true });
    },
    step({ step, metrics }) {
      if (rows === "step") add(step, metrics);
    },
    epoch({ step, metrics }) {
      if (rows === "epoch") add(step, metrics);
    },
    validation({ step, metrics }) {
      const named = Object.entries(metrics).map(([name, value]) => [`validation/${name}`, value]);
      write({ step, scalars: Object.fromEntries(named) });
    },
    checkpoint() {
      if (file !== undefined) fsyncSync(file);
    },
    end() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** A new file; readers take files in the order of their names. */
function open(folder: string, seconds: number): number {
  for (let count = 0; ; count++) {
    const name = `events.out.tfevents.${String(seconds).padStart(10, "0")}.unroll.${process.pid}.${count}`;
    try {
      return openSync(join(folder, name), "wx");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
