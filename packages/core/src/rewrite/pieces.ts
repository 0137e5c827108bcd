import type { Node, Tensor } from "../graph/tensor.ts";
import { addOp } from "../ops/arithmetic.ts";
import { fill } from "../ops/promotion.ts";
import { concat, concatOp, padOp, slice, sliceOp } from "../ops/rearrange.ts";
import type { Shape } from "../shape.ts";

interface Slice {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly strides: readonly number[];
}

interface Pad {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly between: readonly number[];
  readonly value: number;
}

/** The box of a slice without strides: where it starts and stops. */
interface Box {
  readonly starts: readonly number[];
  readonly stops: readonly number[];
}

const boxOf = ({ attributes }: Node): Box | undefined => {
  const { starts, sizes, strides } = attributes as Slice;
  if (strides.some((stride) => stride !== 1)) return undefined;
  return { starts, stops: starts.map((start, axis) => start + sizes[axis]!) };
};

const isDense = ({ between }: Pad): boolean => between.every((width) => width === 0);

const moved = (at: readonly number[], by: readonly number[]): number[] =>
  at.map((value, axis) => value - by[axis]!);

/** A part of a part, of one of several parts, or of what is padded. */
export function partOf(x: Tensor, node: Node): Tensor | undefined {
  const box = boxOf(node);
  if (!box) return undefined;
  if (x.op === sliceOp) return partOfSlice(x, box);
  if (x.op === concatOp) return partOfConcat(x, box);
  return x.op === padOp ? partOfPad(x, box) : undefined;
}

function partOfSlice(x: Tensor, { starts, stops }: Box): Tensor | undefined {
  const outer = boxOf(x.node);
  if (!outer) return undefined;
  const back = outer.starts.map((start) => -start);
  return slice(x.inputs[0]!, moved(starts, back), moved(stops, back));
}

function partOfConcat(x: Tensor, { starts, stops }: Box): Tensor | undefined {
  const { axis } = x.node.attributes as { readonly axis: number };
  let end = 0;
  for (const part of x.inputs) {
    const start = end;
    end += part.shape[axis]!;
    if (starts[axis]! < start || stops[axis]! > end) continue;
    const by = starts.map((_, i) => (i === axis ? start : 0));
    return slice(part, moved(starts, by), moved(stops, by));
  }
  return undefined;
}

function partOfPad(x: Tensor, { starts, stops }: Box): Tensor | undefined {
  const pad = x.node.attributes as Pad;
  const [inner] = x.inputs as [Tensor];
  if (!isDense(pad)) return undefined;
  const first = moved(starts, pad.before);
  const last = moved(stops, pad.before);
  const within = inner.shape.every((length, axis) => first[axis]! >= 0 && last[axis]! <= length);
  if (within) return slice(inner, first, last);
  const beside = inner.shape.some((length, axis) => last[axis]! <= 0 || first[axis]! >= length);
  return beside ? fill(pad.value, { shape: moved(stops, starts), dtype: x.dtype }) : undefined;
}

/** Neighbouring parts of one tensor, joined again. */
export function rejoined(parts: readonly Tensor[], node: Node): Tensor | undefined {
  const { axis } = node.attributes as { readonly axis: number };
  const [source] = parts[0]!.inputs;
  const boxes = parts.map((part) =>
    part.op === sliceOp && part.inputs[0] === source ? boxOf(part.node) : undefined,
  );
  const adjacent = boxes.every((box, i) => {
    const previous = i === 0 ? box : boxes[i - 1];
    if (!box || !previous) return false;
    return box.starts.every((start, at) =>
      at === axis
        ? i === 0 || start === previous.stops[at]
        : start === previous.starts[at] && box.stops[at] === previous.stops[at],
    );
  });
  return adjacent ? slice(source!, boxes[0]!.starts, boxes.at(-1)!.stops) : undefined;
}

/**
 * The sum of padded tensors that stand side by side and leave no gap: what gradients of the parts of a tensor add up
 * to. Turns -0 into itself, where addition says +0.
 */
export function sumOfPads(a: Tensor, b: Tensor): Tensor | undefined {
  const pads = padsOf([a, b]);
  if (!pads) return undefined;
  const axis = pads[0]!.inputs[0]!.shape.findIndex((length, at) => length !== a.shape[at]);
  const startOf = (pad: Tensor): number => (pad.node.attributes as Pad).before[axis]!;
  const ordered = pads.sort((p, q) => startOf(p) - startOf(q));
  let end = 0;
  for (const pad of ordered) {
    const [inner] = pad.inputs as [Tensor];
    const whole = inner.shape.every((length, at) => at === axis || length === a.shape[at]);
    if (axis < 0 || !whole || startOf(pad) !== end) return undefined;
    end += inner.shape[axis]!;
  }
  if (end !== a.shape[axis]) return undefined;
  return concat(
    ordered.map(({ inputs }) => inputs[0]!),
    { axis },
  );
}

/** The terms of a sum, where all are padded with nothing but zeros around them. */
function padsOf(terms: readonly Tensor[]): Tensor[] | undefined {
  const pads: Tensor[] = [];
  const sums = [...terms];
  for (let term = sums.pop(); term; term = sums.pop()) {
    if (term.op === addOp) {
      // What is no sum first: most sums are not of this kind, and say so at once.
      sums.push(...[...term.inputs].sort((a, b) => Number(b.op === addOp) - Number(a.op === addOp)));
      continue;
    }
    if (term.op !== padOp) return undefined;
    const pad = term.node.attributes as Pad;
    if (pad.value !== 0 || !isDense(pad)) return undefined;
    pads.push(term);
  }
  return pads;
}
