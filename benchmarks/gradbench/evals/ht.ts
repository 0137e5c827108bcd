import {
  add,
  array,
  concat,
  cond,
  cos,
  div,
  expandDims,
  eye,
  jacobian as jacobianOf,
  less,
  matmul,
  mul,
  neg,
  outer,
  pad,
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
  transpose,
  vmap,
} from "@org/core";
import { evaluation } from "../evaluation.ts";
import type { Evaluation } from "../protocol.ts";

type Rows = readonly (readonly number[])[];

interface Input {
  readonly theta: readonly number[];
  readonly us: Rows;
  readonly data: {
    readonly correspondences: readonly number[];
    readonly points: Rows;
    readonly model: {
      readonly bone_count: number;
      readonly parents: readonly number[];
      readonly base_relatives: readonly Rows[];
      readonly inverse_base_absolutes: readonly Rows[];
      readonly base_positions: Rows;
      readonly weights: Rows;
      readonly triangles: Rows;
      readonly is_mirrored: boolean;
    };
  };
}

/**
 * `theta [26]`; of `b` bones, transforms to their parents and back from the rest pose, `[b, 4, 4]`; of `v` vertices, places
 * in the rest pose `[v, 4]` and weights `[v, b]`; of `c` measurements, places `[c, 3]`, vertices `i32 [c]` or triangles
 * `i32 [c, 3]` with places in them `[c, 2]`.
 */
type Given = {
  readonly theta: Tensor;
  readonly relatives: Tensor;
  readonly inverses: Tensor;
  readonly positions: Tensor;
  readonly weights: Tensor;
  readonly points: Tensor;
  readonly corners: Tensor;
  readonly us?: Tensor;
};

/** What shapes do not say. */
interface Hand {
  readonly parents: readonly number[];
  readonly mirrored: boolean;
}

/** Rows of a matrix, from numbers. */
const matrix = (rows: readonly (readonly (Tensor | number)[])[]): Tensor =>
  stack(rows.map((row) => stack(row)));

/** Turns by `x`, then `y`, then `z` about the axes of these names, `[3, 3]`. */
function eulerRotation(x: Tensor, y: Tensor, z: Tensor): Tensor {
  const about = (angle: Tensor, place: (c: Tensor, s: Tensor) => (Tensor | number)[][]): Tensor =>
    matrix(place(cos(angle), sin(angle)));
  const rx = about(x, (c, s) => [[1, 0, 0], [0, c, neg(s)], [0, s, c]]); // biome-ignore format: a matrix
  const ry = about(y, (c, s) => [[c, 0, s], [0, 1, 0], [neg(s), 0, c]]); // biome-ignore format: a matrix
  const rz = about(z, (c, s) => [[c, neg(s), 0], [s, c, 0], [0, 0, 1]]); // biome-ignore format: a matrix
  return matmul(matmul(rz, ry), rx);
}

/** The turn about `axis [3]` by its length, `[3, 3]` (Rodrigues): `cos + (1 - cos) n nᵀ + sin [n]×`. */
function axisRotation(axis: Tensor): Tensor {
  const angle = sqrt(sum(square(axis)));
  return cond(
    less(angle, 1e-4),
    () => eye(3),
    () => {
      const n = div(axis, angle);
      const [x, y, z] = split(n, 3).map((part) => reshape(part, [])) as [Tensor, Tensor, Tensor];
      const crossing = matrix([[0, neg(z), y], [z, 0, neg(x)], [neg(y), x, 0]]); // biome-ignore format: a matrix
      const along = mul(sub(1, cos(angle)), outer(n, n));
      return add(mul(cos(angle), eye(3)), along, mul(sin(angle), crossing));
    },
  );
}

/** Angles of each bone, x, z and y: those of the five fingers' first three bones come from `theta`, the others are 0. */
function anglesOf(theta: Tensor, bones: number): Tensor {
  const places = Array.from({ length: bones }, () => [0, 0, 0]);
  for (let finger = 0, next = 7; finger < 5; finger++, next += 4) {
    places[2 + 4 * finger] = [next, next + 1, 0];
    places[3 + 4 * finger] = [next + 2, 0, 0];
    places[4 + 4 * finger] = [next + 3, 0, 0];
  }
  return take(concat([[0], theta]), places);
}

/** Where the vertices are in a pose, `[v, 3]`: those of the rest pose, moved with each bone by its weight. */
function vertices(given: Given, { parents, mirrored }: Hand): Tensor {
  const { theta, relatives, inverses, positions, weights } = given;
  const turned = vmap((angles: Tensor, relative: Tensor) => {
    const [x, z, y] = split(angles, 3).map((angle) => reshape(angle, [])) as [Tensor, Tensor, Tensor];
    const turn = add(pad(eulerRotation(x, y, z), [[0, 1], [0, 1]]), pad([[1]], [[3, 0], [3, 0]])); // biome-ignore format: pairs
    return matmul(relative, turn);
  })(anglesOf(theta, parents.length), relatives);

  const absolutes: Tensor[] = [];
  for (const [bone, parent] of parents.entries()) {
    const own = take(turned, bone);
    absolutes.push(parent < 0 ? own : matmul(absolutes[parent]!, own));
  }
  const [bones, count] = [parents.length, positions.shape[0]!];
  const transforms = matmul(stack(absolutes), inverses);

  // Σ_b w_vb T_b p_v: one product, of w_vb p_v with all transforms, upper three rows.
  const weighted = reshape(mul(expandDims(weights, 2), expandDims(positions, 1)), [count, bones * 4]);
  const upper = reshape(transpose(slice(transforms, [0, 0, 0], [bones, 3, 4]), [0, 2, 1]), [bones * 4, 3]);
  const skinned = matmul(weighted, upper);

  const facing = mirrored ? mul(skinned, [-1, 1, 1]) : skinned;
  const [axis, shift] = split(slice(theta, [0], [6]), 2) as [Tensor, Tensor];
  return add(matmul(facing, transpose(axisRotation(axis))), shift);
}

/** A place in a triangle with corners `[3, 3]`, given by two coordinates `[2]`. */
const inTriangle = (corners: Tensor, u: Tensor): Tensor =>
  matmul(concat([u, sub(1, sum(u, { keepDims: true }))]), corners);

const on = ({ theta, us, data }: Input) => {
  const { model, points, correspondences } = data;
  const inTriangles = us.length > 0;
  const corners = inTriangles ? correspondences.map((place) => model.triangles[place]!) : correspondences;
  return {
    theta,
    relatives: model.base_relatives,
    inverses: model.inverse_base_absolutes,
    positions: model.base_positions,
    weights: model.weights,
    points,
    corners: array(corners, { dtype: "i32" }),
    ...(inTriangles && { us }),
  };
};

/** How far the measured places are from the hand, `[c, 3]`. */
function errors(given: Given, hand: Hand): Tensor {
  const { points, corners, us } = given;
  const places = take(vertices(given, hand), corners);
  return sub(points, us ? vmap(inTriangle)(places, us) : places);
}

const handOf = ({ data: { model } }: Input): Hand => ({
  parents: model.parents,
  mirrored: model.is_mirrored,
});

export const objective: Evaluation = evaluation((input: Input) => ({
  f: (given: Given) => reshape(errors(given, handOf(input)), [-1]),
  on: on(input),
}));

/** By the two coordinates of the measurement itself, where there are some, and by `theta`: `[3 c, 2 + 26]`. */
export const jacobian: Evaluation = evaluation((input: Input) => ({
  f(given: Given) {
    const { theta, corners, us } = given;
    const hand = handOf(input);
    const byTheta = jacobianOf(errors(given, hand), theta, { mode: "forward" });
    if (!us) return reshape(byTheta, [-1, theta.shape[0]!]);
    const byU = vmap((corners: Tensor, u: Tensor) => jacobianOf(neg(inTriangle(corners, u)), u));
    const all = concat([byU(take(vertices(given, hand), corners), us), byTheta], { axis: 2 });
    return reshape(all, [-1, all.shape[2]!]);
  },
  on: on(input),
}));
