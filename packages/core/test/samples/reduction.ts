import { filled, integers, nested, type SamplesOf, sample } from "./arrays.ts";

const extremeSamples = [
  sample([filled([2, 3])], { axes: [0, 1] }),
  sample([filled([2, 3])], { axes: [1] }),
  sample([filled([2, 3, 2])], { axes: [0, 2] }),
  sample(
    [
      nested([
        [1, 1, 0],
        [0, Number.NaN, 2],
      ]),
    ],
    { axes: [1] },
  ),
  sample(
    [
      nested([
        [Infinity, -Infinity],
        [0, -0],
      ]),
    ],
    { axes: [1] },
  ),
  sample(
    [
      integers([
        [3, 1],
        [-4, 5],
      ]),
    ],
    { axes: [0] },
  ),
];

const positionSamples = [
  sample([filled([2, 3])], { axis: 1 }),
  sample([filled([2, 3, 2])], { axis: 1 }),
  sample(
    [
      nested([
        [1, 1, 0],
        [0, Number.NaN, 2],
      ]),
    ],
    { axis: 1 },
  ),
];

export const reduction: SamplesOf<"max" | "min" | "argmax" | "argmin" | "cumsum"> = {
  max: extremeSamples,
  min: extremeSamples,
  argmax: positionSamples,
  argmin: positionSamples,
  cumsum: [
    sample([filled([2, 3])], { axis: 0 }),
    sample([filled([2, 3])], { axis: 1 }),
    sample([filled([2, 0])], { axis: 1 }),
    sample([integers([1, 2, 3])], { axis: 0 }),
  ],
};
