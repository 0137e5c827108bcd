import { expNormal } from "./exponential.ts";
import type { Lanes, Vector, VectorValue } from "./lanes.ts";

/** `erf x / x - 1` in x², for |x| ≤ 1. Minimax (Remez), error 2⁻²⁹ and 2⁻⁶². */
const SINGLE = [
  0.1283791661, -0.3761262596, 0.1128360033, -0.02685444616, 0.005189536605, -0.0008020845708, 7.889119297e-5,
];
const DOUBLE = [
  0.1283791670955126, -0.3761263890318375, 0.11283791670954885, -0.026866170645077875, 0.005223977624828431,
  -0.0008548326981425542, 0.0001205533113295582, -1.4925595772180906e-5, 1.64610084778027e-6,
  -1.6350396222864617e-7, 1.466032872274226e-8, -1.137495573607015e-9, 5.960685338520971e-11,
];

/** `e^x² erfc x` in u = 1 / (x + 2), for x from 1; error of erf 2⁻³⁴ and 2⁻⁶⁰. Minimax (Remez) with weight e^-x². */
const TAIL_SINGLE = [0.001822476159, 0.5194013715, 1.587207079, -0.5156797767, 10.18686962, -7.385644913];
const TAIL_DOUBLE = [
  -3.130517169333718e-6, 0.564377408756154, 1.1232652725109924, 2.0584940855352447, 1.8974823289692615,
  9.88781669803738, -41.117535707151305, 161.22486729846423, -510.82136107352744, 994.7836374570869,
  -1153.0239236184166, 748.0117177582329, -212.131717108174,
];

/** `erf x`: a series below 1, and `1 - e^-x² P(1 / (x + 2))` above. */
export function erf(l: Lanes, x: Vector): VectorValue {
  const { v } = l;
  const a = l.keep(l.abs(x));
  const z = l.keep(v.mul(a, a));
  const small = l.keep(l.multiplyAdd(a, l.polynomial(z, l.pick(SINGLE, DOUBLE)), a));
  const far = l.keep(l.clamp(a, 1, l.pick(4, 6)));
  const u = l.keep(v.div(1, v.add(far, 2)));
  const decay = expNormal(l, l.keep(l.neg(v.mul(far, far))));
  const large = l.keep(l.subtractProduct(1, decay, l.polynomial(u, l.pick(TAIL_SINGLE, TAIL_DOUBLE))));
  return l.signed(l.choose(small, large, v.lt(a, 1)), x);
}
