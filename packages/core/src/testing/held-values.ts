import type { Body, Op } from "../graph/op.ts";
import { Node, type Tensor } from "../graph/tensor.ts";
import { ancestors } from "../graph/walk.ts";
import type { NDArray } from "../ndarray.ts";
import { stopGradientOp } from "../ops/control.ts";

/**
 * Whether a node stands for a constant as far as derivatives go. Those that a gradient rule made do not count: a rule
 * that stops its own gradient has a wrong second derivative.
 */
export const isHeld = ({ op, origin }: Node): boolean =>
  op === stopGradientOp && origin.gradientOf === undefined;

/** The values of `stopGradient` at the point of a check, which differences must not move. */
export class HeldValues {
  #values: NDArray[] = [];
  #cursor = 0;
  #recording = true;

  /** The next run, which is at the point itself, is remembered. */
  record(): void {
    this.#values = [];
    this.#recording = true;
  }

  /** The next run takes the remembered values, in the order in which they came. */
  replay(): void {
    this.#cursor = 0;
    this.#recording = false;
  }

  readonly #heldOp: Op = {
    ...stopGradientOp,
    evaluate: ([x]) => {
      if (this.#recording) {
        this.#values.push(x!);
        return [x!];
      }
      return [this.#values[this.#cursor++]!];
    },
  };

  /** The same tensors with every `stopGradient`, in bodies too, remembered and replayed. */
  hold(tensors: readonly Tensor[]): Tensor[] {
    const made = new Map<Node, Node>();
    const current = (tensor: Tensor): Tensor => made.get(tensor.node)?.result(tensor.index) ?? tensor;
    for (const node of ancestors(tensors)) {
      const op = isHeld(node) ? this.#heldOp : this.#withBodies(node);
      const inputs = node.inputs.map(current);
      if (op === node.op && inputs.every((input, i) => input === node.inputs[i])) continue;
      made.set(node, new Node(op, inputs, node.attributes, node.results, node.name, node.origin));
    }
    return tensors.map(current);
  }

  /** An op that runs its bodies with their values held; the op itself where nothing inside is. */
  #withBodies({ op, attributes }: Node): Op {
    const bodies = op.bodies?.(attributes) ?? [];
    if (!bodies.some(holdsAny)) return op;
    const held = new Map<Body, Body>();
    const hold = (body: Body): Body => {
      const known = held.get(body);
      if (known && known.outputs.length === body.outputs.length) return known;
      const made = { inputs: body.inputs, outputs: this.hold(body.outputs) };
      held.set(body, made);
      return made;
    };
    return {
      ...op,
      evaluate: (values, attributes, context) =>
        op.evaluate(values, attributes, {
          ...context,
          prepare: (body, outputs) => context.prepare(hold(body), outputs),
        }),
    };
  }
}

const holdsAny = (body: Body): boolean =>
  ancestors(body.outputs).some(
    (node) => isHeld(node) || (node.op.bodies?.(node.attributes) ?? []).some(holdsAny),
  );
