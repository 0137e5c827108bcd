import { evaluate, type Feeds, type Tensor } from "@org/core";
import type { Picture } from "../graph/picture.ts";
import type { Frame } from "../layout/scene.ts";
import { text } from "../svg.ts";
import type { Colours } from "../theme.ts";
import { shortNumber } from "./short-number.ts";

/**
 * The mean of each step of `losses`, `[time, ...]`.
 * @throws RangeError for a scalar; FeedError
 */
export function stepMeans(losses: Tensor, feeds: Feeds): number[] {
  const { data, shape } = evaluate(losses, feeds);
  const [time] = shape;
  if (time === undefined) throw new RangeError("losses: expected one for each step, received a scalar");
  const size = data.length / time;
  return Array.from({ length: time }, (_, t) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += Number(data[t * size + i]);
    return sum / size;
  });
}

/** The loss of each time column; where loops follow each other, of the last one's columns. */
export function columnLosses({ panels }: Picture, means: readonly number[]): (number | undefined)[] {
  const last = panels.reduce(
    (last, { step, stage }) => (step === undefined ? last : Math.max(last, stage)),
    0,
  );
  return panels.flatMap(({ kind, step, stage }) => {
    if (kind !== "step") return [];
    return [step !== undefined && stage === last ? means[step] : undefined];
  });
}

export function writeLosses(
  losses: readonly (number | undefined)[],
  frames: readonly Frame[],
  y: number,
  colours: Colours,
): string[] {
  return frames.flatMap(({ x, width, above }, i) => {
    const loss = losses[i];
    if (loss === undefined) return [];
    return [
      text(
        `loss ${shortNumber(loss)}`,
        { x: x + width / 2, y: above === undefined ? y : above - 8 },
        12,
        colours.ink,
      ),
    ];
  });
}
