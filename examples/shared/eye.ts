/** An eye for pictures with places, that can be told what to look for. */
import {
  add,
  broadcastTo,
  concat,
  expandDims,
  eye as identity,
  mul,
  relu,
  reshape,
  sum,
  type Tensor,
  transpose,
} from "@org/core";
import { Conv2d, LayerNorm, Linear } from "@org/nn";

export interface EyeOptions {
  /** Points along a side of the picture, and of a place in it; both even. */
  readonly side: number;
  readonly cell: number;
  /** Numbers of what it is told, and of what it makes of all places together. */
  readonly told: number;
  readonly hidden: number;
}

export interface Eye {
  /** Everything with weights. */
  readonly parts: object;
  /** Numbers of what it finds. */
  readonly found: number;
  /** `[batch, 3, side, side]` → what is at each place, and which it is, `[batch, places, seen]`. */
  look(picture: Tensor): Tensor;
  /** Of that, what it is told to look for, `told [batch, told]` → `[batch, found]`. */
  find(places: Tensor, told: Tensor): Tensor;
}

/**
 * Two convolutions see each place. What is told scales and shifts what they saw, `relu((1 + γ) x + β)`; found is the sum of
 * what a layer makes of that at every place and, so that it is known where, a little of it place by place.
 * Source: Perez et al. 2018, "FiLM: visual reasoning with a general conditioning layer", arXiv:1709.07871.
 */
export function createEye({ side, cell, told, hidden }: EyeOptions): Eye {
  const [seen, sketched, places] = [48, 8, (side / cell) ** 2];
  const window = cell / 2;
  const parts = {
    points: new Conv2d({ inputChannels: 3, outputChannels: 12, kernel: 4, stride: 2, padding: 1, seed: 11 }),
    cells: new Conv2d({ inputChannels: 12, outputChannels: seen, kernel: window, stride: window, seed: 12 }),
    norm: new LayerNorm({ size: seen }),
    scale: new Linear({ inputSize: told, outputSize: seen + places, seed: 13 }),
    shift: new Linear({ inputSize: told, outputSize: seen + places, seed: 14 }),
    judge: new Linear({ inputSize: seen + places, outputSize: hidden, seed: 15 }),
    sketch: new Linear({ inputSize: hidden, outputSize: sketched, seed: 16 }),
  };
  return {
    parts,
    found: hidden + places * sketched,
    look(picture) {
      const map = relu(parts.cells.apply(relu(parts.points.apply(picture))));
      const [batch = 0] = map.shape;
      const cells = parts.norm.apply(transpose(reshape(map, [batch, seen, places]), [0, 2, 1]));
      return concat([cells, broadcastTo(identity(places), [batch, places, places])], { axis: 2 });
    },
    find(cells, told) {
      const [scale, shift] = [parts.scale.apply(told), parts.shift.apply(told)];
      const asked = relu(add(mul(cells, expandDims(add(1, scale), 1)), expandDims(shift, 1)));
      const judged = relu(parts.judge.apply(asked));
      const sketch = reshape(relu(parts.sketch.apply(judged)), [cells.shape[0]!, places * sketched]);
      return concat([sum(judged, { axis: 1 }), sketch], { axis: 1 });
    },
  };
}
