import { nameOf, type OpName } from "../../src/all-ops.ts";
import type { Op } from "../../src/graph/op.ts";
import { arcTangent } from "./arc-tangent.ts";
import { arithmetic } from "./arithmetic.ts";
import type { Sample, SamplesOf } from "./arrays.ts";
import { broadcast } from "./broadcast.ts";
import { cast } from "./cast.ts";
import { comparison } from "./comparison.ts";
import { control } from "./control.ts";
import { dynamicSlice } from "./dynamic-slice.ts";
import { errorFunction } from "./error-function.ts";
import { exponential } from "./exponential.ts";
import { gamma } from "./gamma.ts";
import { indexing } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { ordering } from "./ordering.ts";
import { piecewise } from "./piecewise.ts";
import { random } from "./random.ts";
import { rearrange } from "./rearrange.ts";
import { reduction } from "./reduction.ts";
import { remainder } from "./remainder.ts";
import { reshape } from "./reshape.ts";
import { windows } from "./windows.ts";

/** Leaves, which have no operands, and ops with a body, which have tests of their own. */
type Unswept = "checkpoint" | "constant" | "input" | "parameter" | "placeholder" | "scan";

/** Where each op is tried: ordinary points, zero sizes, special values, ties. A record without samples does not compile. */
const samples: SamplesOf<Exclude<OpName, Unswept>> = {
  ...arcTangent,
  ...arithmetic,
  ...broadcast,
  ...cast,
  ...comparison,
  ...control,
  ...dynamicSlice,
  ...errorFunction,
  ...exponential,
  ...gamma,
  ...indexing,
  ...matmul,
  ...ordering,
  ...piecewise,
  ...random,
  ...rearrange,
  ...reduction,
  ...remainder,
  ...reshape,
  ...windows,
};

const byName: { readonly [name: string]: readonly Sample[] | undefined } = samples;

/** The samples of an op record. */
export function samplesOf(op: Op): readonly Sample[] {
  const name = nameOf({ op });
  return (name !== undefined && byName[name]) || [];
}
