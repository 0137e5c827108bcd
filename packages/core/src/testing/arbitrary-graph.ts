import type * as FastCheck from "fast-check";
import { checkOptionNames } from "../option-names.ts";
import { type Arbitrary, known, shown } from "./arbitrary.ts";
import { arbitraryShape } from "./arbitrary-array.ts";
import { type DrawOptions, fastCheck } from "./fast-check.ts";
import { kinkedRules, smoothRules } from "./graph-rules.ts";
import { type Instruction, RandomGraph } from "./random-graph.ts";

/** What `arbitraryGraph` takes. */
export interface GraphOptions extends DrawOptions {
  /** Default `"f64"`. */
  readonly dtype?: "f32" | "f64";
  /** The most instructions, in the graph and in each body. Default 6. */
  readonly instructions?: number;
  /** How deep scans and checkpoints nest; 0 for none. Default 2. */
  readonly depth?: number;
  /** The most steps of a scan. Default 4. */
  readonly steps?: number;
  /** Whether every op is smooth: no `relu`, `max`, `floor`, comparison. Default false. */
  readonly smooth?: boolean;
  /**
   * Whether there are choices, whose values jump: `cond`, `whileLoop` and scans that end early. Default false.
   */
  readonly choices?: boolean;
  /** Whether axes may have length 0. Default true. */
  readonly empty?: boolean;
}

/**
 * Whole graphs over two parameters and an input: elementwise ops, broadcasting, reductions, products, movement,
 * repeated indices, shared and dead branches, `stopGradient`, checkpoints, nested scans with 0 and more steps.
 * Values stay in ranges where derivatives are well-conditioned. Shrinks by dropping instructions.
 * @throws Error where fast-check is neither given nor installed
 * @example
 * import { assert, property } from "fast-check";
 * const graphs = arbitraryGraph({ instructions: 3, depth: 1 });
 * assert(property(graphs, ({ loss, parameters, feeds }) => checkGradients(loss, parameters, { feeds }).passed), { numRuns: 5 });
 */
export function arbitraryGraph(options: GraphOptions = {}): Arbitrary<RandomGraph> {
  checkOptionNames("arbitraryGraph", options, "fc dtype instructions depth steps smooth choices empty");
  const { dtype = "f64", depth = 2, empty = true } = options;
  const fc = fastCheck("arbitraryGraph", options);
  const shape = known(
    arbitraryShape({ fc, maxRank: 3, maxSize: 12, maxLength: 3, minLength: empty ? 0 : 1 }),
  );
  return shown(
    fc
      .record({
        dtype: fc.constant(dtype),
        parameters: fc.tuple(shape, shape),
        inputs: fc.tuple(shape),
        seed: fc.nat({ max: 2 ** 20 }),
        instructions: instructionsOf(fc, options, depth),
      })
      .map((program) => new RandomGraph(program)),
  );
}

function instructionsOf(
  fc: typeof FastCheck,
  options: GraphOptions,
  depth: number,
): FastCheck.Arbitrary<Instruction[]> {
  const { instructions = 6, smooth = false, choices = false, steps = 4 } = options;
  const names = [...Object.keys(smoothRules), ...(smooth ? [] : Object.keys(kinkedRules))];
  const back = fc.nat({ max: 7 });
  const plain: FastCheck.Arbitrary<Instruction> = fc.record({
    op: fc.constantFrom(...names),
    a: back,
    b: back,
    at: fc.nat({ max: 5 }),
  });
  const list = (one: FastCheck.Arbitrary<Instruction>): FastCheck.Arbitrary<Instruction[]> =>
    fc.array(one, { minLength: 1, maxLength: instructions, size: "max" });
  if (depth === 0) return list(plain);
  const body = instructionsOf(fc, { ...options, instructions: Math.ceil(instructions / 2) }, depth - 1);
  const block: FastCheck.Arbitrary<Instruction> = fc.record({
    op: fc.constant("checkpoint" as const),
    a: back,
    body,
  });
  const loop: FastCheck.Arbitrary<Instruction> = fc.record({
    op: fc.constant("scan" as const),
    a: back,
    b: back,
    carries: fc.constantFrom(1 as const, 2 as const),
    rows: fc.boolean(),
    length: fc.nat({ max: steps }),
    reverse: fc.boolean(),
    checkpoint: fc.constantFrom("none" as const, "none" as const, "sqrt" as const, 1 as const, 2 as const),
    ...(choices && { until: fc.boolean() }),
    body,
  });
  const choice: FastCheck.Arbitrary<Instruction> = fc.record({
    op: fc.constant("cond" as const),
    a: back,
    b: back,
    body,
    otherwise: fc.oneof({ withCrossShrink: true }, fc.constant([]), body),
  });
  const asLong: FastCheck.Arbitrary<Instruction> = fc.record({
    op: fc.constant("whileLoop" as const),
    a: back,
    most: fc.nat({ max: steps }),
    body,
  });
  return list(
    fc.oneof(
      { withCrossShrink: true },
      { weight: 10, arbitrary: plain },
      { weight: 3, arbitrary: loop },
      { weight: 1, arbitrary: block },
      ...(choices
        ? [
            { weight: 2, arbitrary: choice },
            { weight: 1, arbitrary: asLong },
          ]
        : []),
    ),
  );
}
