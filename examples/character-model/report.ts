import { join } from "node:path";
import { parameters, saveTensors } from "@org/nn";
import { replaceFile } from "@org/optim/node";
import { lineChart, renderSvg } from "@org/viz";
import { bitsOf } from "./progress.ts";
import type { Measurement, Seen, Training } from "./training.ts";

/** Writes what came of a run into a folder; returns what is where. */
export async function writeReport(
  folder: string,
  training: Training,
): Promise<{ what: string; path: string }[]> {
  const { model, loss, seen, validations } = training;
  const weights = Object.entries(parameters(model)).map(([name, { value }]) => [name, value] as const);
  const files = [
    ["weights", "weights.safetensors", saveTensors(Object.fromEntries(weights))],
    ["losses", "losses.csv", lossTable(seen, validations)],
    ["loss curve", "loss.svg", await lossCurve(seen, validations)],
    ["four steps of the graph", "graph.svg", await renderSvg(loss, { unroll: 4 })],
  ] as const;
  return files.map(([what, name, content]) => {
    const path = join(folder, name);
    replaceFile(path, content);
    return { what, path };
  });
}

/** Losses in nats per character and norms of gradients, exactly as computed. */
function lossTable(seen: readonly Seen[], validations: readonly Measurement[]): string {
  const held = new Map(validations.map(({ step, loss }) => [step, loss]));
  const rows = seen.map(({ loss, norm }, i) => `${i + 1},${loss},${norm},${held.get(i + 1) ?? ""}`);
  return `${["step,training_loss,gradient_norm,validation_loss", ...rows].join("\n")}\n`;
}

function lossCurve(seen: readonly Seen[], validations: readonly Measurement[]): Promise<string> {
  const training = smoothed(seen.map(({ loss }) => bitsOf(loss)));
  return lineChart(
    [
      { name: "training", x: training.map((_, i) => i + 1), y: training },
      {
        name: "held-out text",
        x: validations.map(({ step }) => step),
        y: validations.map(({ loss }) => bitsOf(loss)),
      },
    ],
    { title: "What the next character costs", xLabel: "step", yLabel: "bits per character" },
  );
}

/** The mean over the steps around each, a fiftieth of all. */
function smoothed(values: readonly number[]): number[] {
  const reach = Math.floor(values.length / 100);
  return values.map((_, i) => {
    const around = values.slice(Math.max(0, i - reach), i + reach + 1);
    return around.reduce((a, b) => a + b) / around.length;
  });
}
