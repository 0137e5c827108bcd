import {
  add,
  arange,
  concat,
  cond,
  cos,
  div,
  dot,
  expandDims,
  greater,
  jacobian as jacobianOf,
  mul,
  reshape,
  sin,
  slice,
  split,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  vmap,
} from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

interface Input {
  readonly n: number;
  readonly m: number;
  readonly p: number;
  readonly cam: readonly number[];
  readonly x: readonly number[];
  readonly w: number;
  readonly feat: readonly number[];
}

/** Parameters of a camera: rotation 3, centre 3, focal length, principal point 2, radial distortion 2. */
const CAMERA = 11;

const cross = (a: Tensor, b: Tensor): Tensor => {
  const rolled = (x: Tensor, by: number): Tensor => take(x, [by, (by + 1) % 3, (by + 2) % 3]);
  return sub(mul(rolled(a, 1), rolled(b, 2)), mul(rolled(a, 2), rolled(b, 1)));
};

/** `x [3]` turned about the axis `rotation [3]` by its length (Rodrigues). */
function rotated(x: Tensor, rotation: Tensor): Tensor {
  const squared = sum(square(rotation));
  return cond(
    greater(squared, 0),
    () => {
      const angle = sqrt(squared);
      const axis = div(rotation, angle);
      const along = mul(dot(axis, x), sub(1, cos(angle)));
      return add(mul(x, cos(angle)), mul(cross(axis, x), sin(angle)), mul(axis, along));
    },
    () => add(x, cross(rotation, x)),
  );
}

/** Where a camera sees a point, `[2]`. */
function projected(camera: Tensor, point: Tensor): Tensor {
  const [rotation, centre, focal, principal, radial] = split(camera, [3, 6, 7, 9]) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const seen = rotated(sub(point, centre), rotation);
  const flat = div(slice(seen, [0], [2]), slice(seen, [2], [3]));
  const r = sum(square(flat));
  const distortion = add(1, dot(radial, stack([r, square(r)])));
  return add(mul(flat, distortion, focal), principal);
}

/** The error of one observation, `[2]`. */
const reprojectionError = (camera: Tensor, point: Tensor, w: Tensor, feature: Tensor): Tensor =>
  mul(w, sub(projected(camera, point), feature));

/** How far a weight is from 1. */
const weightError = (w: Tensor): Tensor => sub(1, square(w));

/** `cameras [n, 11]`, `points [m, 3]`, `w [p]`, `features [p, 2]`, and which camera saw which point, `i32 [p]` each. */
type Given = {
  readonly cameras: Tensor;
  readonly points: Tensor;
  readonly w: Tensor;
  readonly features: Tensor;
  readonly camera: Tensor;
  readonly point: Tensor;
};

const on = ({ n, m, p, cam, x, w, feat }: Input) => ({
  cameras: Array.from({ length: n }, () => cam),
  points: Array.from({ length: m }, () => x),
  w: new Float64Array(p).fill(w),
  features: Array.from({ length: p }, () => feat),
  camera: Int32Array.from({ length: p }, (_, i) => i % n),
  point: Int32Array.from({ length: p }, (_, i) => i % m),
});

/** All errors. The answer has the first of them, as the eval repeats one observation. */
export const objective: Evaluation = evaluation((input: Input) => ({
  f: ({ cameras, points, w, features, camera, point }: Given) => ({
    reprojection: vmap(reprojectionError)(take(cameras, camera), take(points, point), w, features),
    weight: weightError(w),
  }),
  on: on(input),
  output: ({ reprojection, weight }) => ({
    reproj_error: { elements: [...reprojection.data.slice(0, 2)], repeated: input.p },
    w_err: { element: weight.data[0], repeated: input.p },
  }),
}));

/** The sparse matrix of all derivatives, in compressed rows: two for each observation, then one for each weight. */
export const jacobian: Evaluation = evaluation((input: Input) => ({
  f({ cameras, points, w, features, camera, point }: Given) {
    const { n, m, p } = input;
    const derivatives = vmap((camera: Tensor, point: Tensor, w: Tensor, feature: Tensor) => {
      const [byCamera, byPoint, byWeight] = jacobianOf(reprojectionError(camera, point, w, feature), [camera, point, w]);
      return concat([byCamera!, byPoint!, expandDims(byWeight!, 1)], { axis: 1 });
    })(take(cameras, camera), take(points, point), w, features);
    const ofWeights = vmap((w: Tensor) => jacobianOf(weightError(w), w))(w);

    const row = concat(
      [
        add(mul(expandDims(camera, 1), CAMERA), arange(CAMERA)),
        add(CAMERA * n, mul(expandDims(point, 1), 3), arange(3)),
        add(CAMERA * n + 3 * m, expandDims(arange(p), 1)),
      ],
      { axis: 1 },
    );
    const width = CAMERA + 3 + 1;
    return {
      rows: concat([mul(width, arange(2 * p)), add(2 * p * width, arange(p + 1))]),
      cols: concat([reshape(stack([row, row], { axis: 1 }), [-1]), add(CAMERA * n + 3 * m, arange(p))]),
      vals: concat([reshape(derivatives, [-1]), ofWeights]),
    };
  },
  on: on(input),
  output: ({ rows, cols, vals }) => ({ rows: firstAndLast(rows), cols: firstAndLast(cols), vals: firstAndLast(vals) }),
}));

/** What the eval wants to see: the two rows of the first observation, and the last element. */
const firstAndLast = ({ data }: { readonly data: Float64Array | Int32Array | Float32Array | Uint8Array }): number[] => [
  ...data.slice(0, 2 * (CAMERA + 4)),
  data.at(-1)!,
];
