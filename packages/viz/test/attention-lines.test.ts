/** Attention as lines below a picture. */
import {
  add,
  array,
  input,
  matmul,
  mean,
  type NDArray,
  parameter,
  scan,
  square,
  type Tensor,
  tanh,
} from "@org/core";
import * as nn from "@org/nn";
import { renderSvg } from "@org/viz";
import { expect, test } from "vitest";
import { attentionsOf } from "../src/overlay/attention-weights.ts";
import * as models from "./gallery/models.ts";
import { feedsOf } from "./gallery/networks.ts";
import { readSvg } from "./read-svg.ts";
import { problemsOf } from "./structure.ts";

const linesOf = (svg: string): { width: number; opacity: number; weight: number }[] =>
  [...svg.matchAll(/stroke-width="([\d.]+)" stroke-opacity="([\d.]+)"><title>([\d.e-]+)</g)].map(
    ([, width, opacity, weight]) => ({
      width: Number(width),
      opacity: Number(opacity),
      weight: Number(weight),
    }),
  );

const isSteady = (rows: readonly (readonly number[])[]): void => {
  for (const row of rows) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
};

test("an encoder's steps and a decoder's, a line for each pair, in every detail", async () => {
  const { tensors, parameters } = models.translation();
  const feeds = feedsOf([tensors as Tensor]);
  const [found] = attentionsOf([tensors as Tensor], feeds, parameters);
  expect(found).toMatchObject({ keys: "encoder (GRU)", queries: "decoder (GRU)" });
  expect(found!.weights.map((row) => row.length)).toEqual([3, 3, 3, 3]);
  isSteady(found!.weights);
  for (const detail of ["layer", "cell", "op"] as const) {
    const svg = await renderSvg(tensors, {
      detail,
      unroll: detail === "layer" ? 0 : 2,
      feeds,
      parameters: parameters!,
    });
    expect(linesOf(svg)).toHaveLength(12);
    expect(problemsOf(readSvg(svg))).toEqual([]);
  }
  expect(linesOf(await renderSvg(tensors, { detail: "layer" }))).toEqual([]);
  const svg = await renderSvg(tensors, { detail: "layer", feeds, parameters: parameters! });
  await expect(svg).toMatchFileSnapshot("figures/models/translation-attention.svg");
});

test("heavier weights are thicker and darker, and keys that do not count have no line", async () => {
  const query = input("query", [3, 1, 2]);
  const keys = input("keys", [4, 1, 2]);
  const { context } = nn.dotAttention(query, keys, { lengths: [3] });
  const feeds: Record<string, NDArray> = {
    query: array([1, 0, 0, 1, 2, 2], { shape: [3, 1, 2] }),
    keys: array([1, 0, 0, 1, 3, 3, 9, 9], { shape: [4, 1, 2] }),
  };
  const loss = mean(square(context));
  const [found] = attentionsOf([loss], feeds);
  expect(found).toMatchObject({ keys: "keys", queries: "queries" });
  expect(found!.weights.every((row) => row[3] === 0)).toBe(true);
  isSteady(found!.weights);
  const lines = linesOf(await renderSvg(loss, { feeds }));
  const seen = found!.weights.flat().filter((weight) => weight >= 1 / 255);
  expect(lines.map(({ weight }) => weight)).toEqual(
    seen.sort((a, b) => a - b).map((weight) => Number(weight.toPrecision(3))),
  );
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue;
    expect(line.width).toBeGreaterThanOrEqual(lines[i - 1]!.width);
    expect(line.opacity).toBeGreaterThanOrEqual(lines[i - 1]!.opacity);
  }
});

test("a decoder that looks in each of its steps", () => {
  const [source, target] = [input("source", [5, 2, 3]), input("target", [4, 2, 3])];
  const encoder = new nn.GRU({ inputSize: 3, hiddenSize: 3, update: "keep", reset: "before", seed: 1 });
  const attention = new nn.AdditiveAttention({ querySize: 3, keySize: 3, hiddenSize: 2, seed: 2 });
  const { outputs: keys } = encoder.apply(source);
  const W = parameter("W", array(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), { shape: [3, 3] }));
  const { ys } = scan(
    (s: Tensor, y) => {
      const { context } = attention.apply(s, keys);
      const next = tanh(add(add(matmul(s, W), y), context));
      return { carry: next, y: next };
    },
    { init: input("s0", [2, 3]), xs: target },
  );
  const loss = mean(square(ys));
  const [found] = attentionsOf([loss], feedsOf([loss]));
  expect(found!.keys).toBe("GRU");
  expect(found!.weights.map((row) => row.length)).toEqual([5, 5, 5, 5]);
  isSteady(found!.weights);
});
