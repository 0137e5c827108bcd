import {
  add,
  arange,
  concat,
  cos,
  div,
  expandDims,
  greater,
  jacobian as jacobianOf,
  mul,
  reshape,
  sin,
  split,
  sqrt,
  square,
  stack,
  sub,
  type Tensor,
  take,
  vmap,
  where,
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

type Camera = [...Vector, ...Vector, Tensor, Tensor, Tensor, Tensor, Tensor];

/** Three numbers apart: what a vector of one observation is when all observations are computed at once. */
type Vector = readonly [Tensor, Tensor, Tensor];

const scalarsOf = (x: Tensor): Tensor[] => split(x, x.shape[0]!).map((part) => reshape(part, []));

const dot = (a: Vector, b: Vector): Tensor => add(mul(a[0], b[0]), mul(a[1], b[1]), mul(a[2], b[2]));

const cross = ([a, b, c]: Vector, [x, y, z]: Vector): Vector => [
  sub(mul(b, z), mul(c, y)),
  sub(mul(c, x), mul(a, z)),
  sub(mul(a, y), mul(b, x)),
];

/** `f` of each coordinate of some vectors. */
const each = <Vectors extends readonly Vector[]>(
  f: (...coordinates: { [K in keyof Vectors]: Tensor }) => Tensor,
  ...vectors: Vectors
): Vector => {
  const at = (axis: 0 | 1 | 2): Tensor => f(...(vectors.map((vector) => vector[axis]) as never));
  return [at(0), at(1), at(2)];
};

/** `point` turned about the axis `rotation` by its length: Rodrigues' formula, or its limit where nothing turns. */
function rotated(point: Vector, rotation: Vector): Vector {
  const squared = dot(rotation, rotation);
  const turns = greater(squared, 0);
  const angle = sqrt(where(turns, squared, 1)); // where nothing turns, a root with a derivative
  const axis = each((r) => div(r, angle), rotation);
  const along = mul(dot(axis, point), sub(1, cos(angle)));
  return each(
    (x, n, across, limit) =>
      where(turns, add(mul(x, cos(angle)), mul(across, sin(angle)), mul(n, along)), add(x, limit)),
    point,
    axis,
    cross(axis, point),
    cross(rotation, point),
  );
}

/** Where a camera sees a point. */
function projected(camera: Tensor, point: Tensor): readonly [Tensor, Tensor] {
  const [r0, r1, r2, c0, c1, c2, focal, u, v, k1, k2] = scalarsOf(camera) as Camera;
  const away = each(sub, scalarsOf(point) as unknown as Vector, [c0, c1, c2]);
  const [right, up, ahead] = rotated(away, [r0, r1, r2]);
  const [x, y] = [div(right, ahead), div(up, ahead)];
  const r = add(square(x), square(y));
  const distortion = add(1, mul(k1, r), mul(k2, square(r)));
  return [add(mul(x, distortion, focal), u), add(mul(y, distortion, focal), v)];
}

/** The error of one observation, `[2]`. */
const reprojectionError = (camera: Tensor, point: Tensor, w: Tensor, feature: Tensor): Tensor =>
  mul(w, sub(stack(projected(camera, point)), feature));

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
      const [byCamera, byPoint, byWeight] = jacobianOf(reprojectionError(camera, point, w, feature), [
        camera,
        point,
        w,
      ]);
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
  output: ({ rows, cols, vals }) => ({
    rows: firstAndLast(rows),
    cols: firstAndLast(cols),
    vals: firstAndLast(vals),
  }),
}));

/** What the eval wants to see: the two rows of the first observation, and the last element. */
const firstAndLast = ({
  data,
}: {
  readonly data: Float64Array | Int32Array | Float32Array | Uint8Array;
}): number[] => [...data.slice(0, 2 * (CAMERA + 4)), data.at(-1)!];
