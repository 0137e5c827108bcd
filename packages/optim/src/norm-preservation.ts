import {
  checkOptionNames,
  div,
  greater,
  mean,
  norm,
  reshape,
  ShapeError,
  slice,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  vjp,
  where,
} from "@org/core";

/** What `normPreservation` takes. */
export interface NormPreservationOptions {
  /** Every state of a loop. */
  readonly states: Tensor;
  /** `∂E/∂x_k`, the whole gradient of the loss with respect to each, such as `stateGradients` of `@org/nn` gives. */
  readonly gradients: Tensor;
}

/**
 * A penalty on gradients that shrink or grow on their way back through time, to be added, scaled, to a loss:
 *
 *     Ω = Σ_k (‖∂E/∂x_{k+1} · ∂x_{k+1}/∂x_k‖ / ‖∂E/∂x_{k+1}‖ - 1)²
 *
 * `step` makes the next states of states, each row by itself, and is differentiated with respect to them; terms that do
 * not depend on them, such as the inputs', may be left out. The norms are of each sequence, Ω the mean over the batch;
 * steps at which no gradient arrives do not count.
 * Shapes:   `states [time, batch, hidden], gradients [time, batch, hidden]` → a scalar; `step` takes and returns `[n, hidden]`
 * Gradient: the immediate one alone, as in the paper: states and `∂E/∂x` are constants, and only the weights inside of
 *   `step` receive a part
 * @throws ShapeError for shapes that differ or have other axes
 * Source: Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", equations 9 and 10.
 * There x are the states before the nonlinearity, `x_{k+1} = σ(x_k) W + …`, so that only W is meant. PyTorch has none.
 * @example
 * const W = parameter("W", [[0.5]]);
 * const states = parameter("x", [[[0.1]], [[0.2]], [[0.3]]]);
 * const gradients = parameter("g", [[[1]], [[2]], [[4]]]);
 * const penalty = normPreservation((x) => matmul(x, W), { states, gradients });
 * evaluate(penalty); // → 0.5
 * grad(penalty, W); // → [[-2]]
 */
export function normPreservation(step: (states: Tensor) => Tensor, options: NormPreservationOptions): Tensor {
  const { states, gradients } = checkOptionNames(
    "normPreservation",
    options,
    "states gradients",
    "states gradients",
  );
  const [time, batch, hidden] = states.shape;
  if (states.shape.length !== 3 || String(states.shape) !== String(gradients.shape)) {
    throw new ShapeError({
      op: "normPreservation",
      problem: "states and their gradients do not fit",
      operands: [
        { label: "states", shape: states.shape },
        { label: "gradients", shape: gradients.shape },
      ],
      rule: "both [time, batch, hidden]",
    });
  }
  const rows = (x: Tensor, from: number, to: number): Tensor =>
    stopGradient(reshape(slice(x, [from, 0, 0], [to, batch!, hidden!]), [(to - from) * batch!, hidden!]));
  const before = rows(states, 0, time! - 1);
  const arriving = rows(gradients, 1, time!);
  const leaving = vjp(step(before), before, arriving);
  const size = norm(arriving, { axis: 1 });
  const arrives = greater(size, 0);
  const change = sub(div(norm(leaving, { axis: 1 }), where(arrives, size, 1)), 1);
  const terms = where(arrives, square(change), 0);
  return sum(mean(reshape(terms, [time! - 1, batch!]), { axis: 1 }));
}
