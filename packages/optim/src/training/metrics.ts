import type { NDArray } from "@org/core";

/** What a step or a validation measures: numbers by name, as numbers or as the scalars that a compiled call returns. */
export type Metrics = Readonly<Record<string, number | NDArray>>;

/** The same names with plain numbers. */
export type Numbers<M> = { readonly [Name in keyof M]: number };

/** @throws ShapeError for a metric that is not one number */
export const numbersOf = <M extends Metrics>(metrics: M): Numbers<M> =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, typeof value === "number" ? value : value.item()]),
  ) as Numbers<M>;

/** The sums of metrics over the steps of an epoch so far. */
export type Sums = Record<string, number>;

export function addTo(sums: Sums, metrics: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(metrics)) sums[name] = (sums[name] ?? 0) + value;
}

export const meansOf = <M>(sums: Sums, count: number): Numbers<M> =>
  Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count])) as Numbers<M>;
