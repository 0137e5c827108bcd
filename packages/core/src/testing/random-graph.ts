import type { Feeds } from "../evaluate.ts";
import { constant, input, type Parameter, parameter } from "../graph/leaves.ts";
import type { Tensor } from "../graph/tensor.ts";
import { checkpoint } from "../loops/checkpoint.ts";
import { cond } from "../loops/cond.ts";
import { scan } from "../loops/scan.ts";
import { unroll } from "../loops/unroll.ts";
import { whileLoop } from "../loops/while-loop.ts";
import { array, NDArray } from "../ndarray.ts";
import { add, div, mul, square } from "../ops/arithmetic.ts";
import { sum } from "../ops/broadcast.ts";
import { greater, logicalNot, where } from "../ops/comparison.ts";
import { tanh } from "../ops/exponential.ts";
import { checkOptionNames } from "../option-names.ts";
import { type Shape, showShape, sizeOf } from "../shape.ts";
import { drawsOf } from "./draws.ts";
import { fitted, kinkedRules, smoothRules, type Value } from "./graph-rules.ts";
import { unrollUntil } from "./written-out.ts";

/** One step of a program. Operands count back from the newest value, so every number names one. */
export type Instruction =
  | { readonly op: string; readonly a: number; readonly b: number; readonly at: number }
  | CheckpointInstruction
  | CondInstruction
  | ScanInstruction
  | WhileInstruction;

/** A checkpointed block over the value `a`. */
export interface CheckpointInstruction {
  readonly op: "checkpoint";
  readonly a: number;
  readonly body: readonly Instruction[];
}

/** One of two blocks over the value `a`, by the mean of the value `b`. */
export interface CondInstruction {
  readonly op: "cond";
  readonly a: number;
  readonly b: number;
  readonly body: readonly Instruction[];
  readonly otherwise: readonly Instruction[];
}

/** A loop from the value `a` for as long as its carry is small. */
export interface WhileInstruction {
  readonly op: "whileLoop";
  readonly a: number;
  readonly most: number;
  readonly body: readonly Instruction[];
}

/** A loop over the values `a` and `b`. */
export interface ScanInstruction {
  readonly op: "scan";
  /** The value that the carries start from. */
  readonly a: number;
  /** The value whose rows are the xs, where it has rows. */
  readonly b: number;
  /** One carry is a tensor, two are a record. */
  readonly carries: 1 | 2;
  /** Whether there are xs; `length` says how many steps otherwise. */
  readonly rows: boolean;
  readonly length: number;
  readonly reverse: boolean;
  readonly checkpoint: "none" | "sqrt" | 1 | 2;
  /** Whether it ends where its carry is large; without a checkpoint then. */
  readonly until?: boolean;
  readonly body: readonly Instruction[];
}

/** What a random graph is made from: small, printable, and easy to shrink. */
export interface GraphProgram {
  readonly dtype: "f32" | "f64";
  readonly parameters: readonly Shape[];
  readonly inputs: readonly Shape[];
  /** Determines the values of parameters and inputs. */
  readonly seed: number;
  readonly instructions: readonly Instruction[];
}

/** `scan` and its kin, of carries of one kind. */
type AnyLoop = <Carry>(
  step: (carry: Carry, x: Tensor) => { readonly carry: Carry; readonly y: Tensor },
  options: { readonly init: Carry; readonly until?: (carry: Carry) => Tensor },
) => { readonly carry: Carry; readonly ys: Tensor };

/** The same function, written differently. */
export interface Variant {
  /** `"unroll"` writes every step out, and both branches of a choice. Default `"scan"`. */
  readonly loops?: "scan" | "unroll";
  /** `false` keeps everything instead of running blocks again. Default true. */
  readonly checkpoints?: boolean;
}

const LIMIT = 4;
const LARGEST = 48;
/** What means are compared with: numbers that no sum of values hits. */
const [CHOICE, ENOUGH] = [0.0317, 0.3119];

/** The mean, 0 where there is nothing. */
const typical = (x: Tensor): Tensor => div(sum(x), Math.max(1, sizeOf(x.shape)));
const isLarge = (carry: Tensor): Tensor => greater(typical(square(carry)), ENOUGH);

/** A graph made from a program: parameters, inputs with their values, and a scalar loss. */
export class RandomGraph {
  readonly program: GraphProgram;
  readonly parameters: readonly Parameter[];
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly feeds: Feeds;
  /** The last values of the program; earlier ones may lie on no path. */
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor;
  readonly #lines: string[] = [];
  readonly #variant: Variant;
  #next = 0;

  constructor(program: GraphProgram, variant: Variant = {}) {
    this.program = program;
    this.#variant = checkOptionNames("RandomGraph", variant, "loops checkpoints");
    const { dtype, parameters, inputs, seed, instructions } = program;
    const draws = drawsOf(seed);
    const draw = (shape: Shape): NDArray =>
      array(
        Float64Array.from({ length: sizeOf(shape) }, () => Math.round(96 * draws.weight()) / 64),
        { shape, dtype },
      );
    this.parameters = parameters.map((shape, i) => parameter(`p${i}`, draw(shape)));
    this.inputs = Object.fromEntries(inputs.map((shape, i) => [`x${i}`, input(`x${i}`, shape, dtype)]));
    this.feeds = Object.fromEntries(inputs.map((shape, i) => [`x${i}`, draw(shape)]));
    const leaves = [...Object.values(this.inputs), ...this.parameters].map((tensor): Value => {
      this.#lines.push(`${tensor.name} ${showShape(tensor.shape)}`);
      return { tensor, bound: 1.5, label: tensor.name! };
    });
    const values = this.#run(instructions, leaves, "");
    const last = values.slice(-2).reverse();
    this.outputs = last.map(({ tensor }) => tensor);
    this.#lines.push(`loss of ${last.map(({ label }) => label).join(", ")}`);
    this.loss = this.outputs.map(weighted).reduce((total, part) => add(total, part));
  }

  /** The same program and values with loops or checkpoints written differently. */
  as(variant: Variant): RandomGraph {
    return new RandomGraph(this.program, variant);
  }

  /** The program, a line for each value. */
  toString(): string {
    const { dtype, seed } = this.program;
    return [`${dtype} graph, values of seed ${seed}`, ...this.#lines].join("\n  ");
  }

  #run(instructions: readonly Instruction[], given: readonly Value[], indent: string): Value[] {
    const values = [...given];
    for (const instruction of instructions) {
      const pick = (back: number): Value => values[values.length - 1 - (back % values.length)]!;
      if ("carries" in instruction) values.push(...this.#scan(instruction, pick, values, indent));
      else if ("otherwise" in instruction) values.push(this.#cond(instruction, pick, values, indent));
      else if ("most" in instruction) values.push(this.#while(instruction, pick, values, indent));
      else if ("body" in instruction) values.push(this.#checkpoint(instruction, pick, values, indent));
      else {
        const { op, at } = instruction;
        const [a, b] = [pick(instruction.a), pick(instruction.b)];
        const rule = smoothRules[op] ?? kinkedRules[op]!;
        const [tensor, bound] = rule(a, b, at);
        values.push(this.#value(tensor, bound, `${op}(${a.label}, ${b.label}, ${at})`, indent));
      }
    }
    return values;
  }

  /** A value kept small in its elements and in their number. */
  #value(tensor: Tensor, bound: number, text: string, indent: string): Value {
    const label = `v${this.#next++}`;
    let kept = tensor;
    let most = bound;
    while (sizeOf(kept.shape) > LARGEST) {
      most *= kept.shape[0]!;
      kept = sum(kept, { axis: 0 });
    }
    if (most > LIMIT) {
      kept = mul(kept, LIMIT / most);
      most = LIMIT;
    }
    this.#lines.push(`${indent}${label} ${showShape(kept.shape)} = ${text}`);
    return { tensor: kept, bound: most, label };
  }

  #checkpoint(
    { a, body }: CheckpointInstruction,
    pick: (back: number) => Value,
    values: readonly Value[],
    indent: string,
  ): Value {
    const operand = pick(a);
    const block = (x: Tensor): Tensor =>
      this.#run(body, [...values, { ...operand, tensor: x }], `${indent}| `).at(-1)!.tensor;
    const run = this.#variant.checkpoints === false ? block : checkpoint(block);
    return this.#value(run(operand.tensor), LIMIT, `checkpoint(${operand.label})`, indent);
  }

  #cond(
    { a, b, body, otherwise }: CondInstruction,
    pick: (back: number) => Value,
    values: readonly Value[],
    indent: string,
  ): Value {
    const [operand, asked] = [pick(a), pick(b)];
    const { shape } = operand.tensor;
    const branch = (instructions: readonly Instruction[]) => (): Tensor =>
      fitted(this.#run(instructions, [...values, operand], `${indent}| `).at(-1)!.tensor, shape);
    const p = greater(typical(asked.tensor), CHOICE);
    const chosen =
      this.#variant.loops === "unroll"
        ? where(p, branch(body)(), branch(otherwise)())
        : cond(p, branch(body), branch(otherwise));
    return this.#value(chosen, LIMIT, `cond(${asked.label}, ${operand.label})`, indent);
  }

  #while(
    { a, most, body }: WhileInstruction,
    pick: (back: number) => Value,
    values: readonly Value[],
    indent: string,
  ): Value {
    const { tensor: init, label } = pick(a);
    const step = (h: Tensor): Tensor => {
      const carry: Value = { tensor: h, bound: LIMIT, label: "carry" };
      const last = this.#run(body, [...values, carry], `${indent}| `).at(-1)!;
      return tanh(add(fitted(last.tensor, init.shape), mul(h, 0.5)));
    };
    const { carry } =
      this.#variant.loops === "unroll"
        ? unrollUntil((h: Tensor) => ({ carry: step(h) }), { init, length: most, until: isLarge })
        : whileLoop((h: Tensor) => logicalNot(isLarge(h)), step, { init, most });
    return this.#value(carry as Tensor, LIMIT, `whileLoop(${label}, ${most})`, indent);
  }

  #scan(
    instruction: ScanInstruction,
    pick: (back: number) => Value,
    values: readonly Value[],
    indent: string,
  ): Value[] {
    const { a, b, carries, rows, length, reverse, body, until = false } = instruction;
    const [start, stacked] = [pick(a), pick(b)];
    const withRows = rows && stacked.tensor.shape.length > 0 && stacked.tensor.shape[0]! <= 4;
    const { shape } = start.tensor;
    const step = (state: readonly Tensor[], x: Tensor | undefined) => {
      const inside = state.map((tensor, i): Value => ({ tensor, bound: LIMIT, label: `carry${i}` }));
      const row = x ? [{ tensor: x, bound: stacked.bound, label: "x" }] : [];
      const results = this.#run(body, [...values, ...row, ...inside], `${indent}| `).slice(-carries);
      const after = results.map(({ tensor }, i) => tanh(add(fitted(tensor, shape), mul(state[i]!, 0.5))));
      return { after, y: results[0]!.tensor };
    };
    const init = start.tensor;
    const options = {
      ...(withRows ? { xs: stacked.tensor } : { length }),
      reverse,
      ...(instruction.checkpoint !== "none" &&
        !until &&
        this.#variant.checkpoints !== false && { checkpoint: instruction.checkpoint }),
    };
    const ending = <Carry>(of: (carry: Carry) => Tensor) =>
      until ? { until: (carry: Carry) => isLarge(of(carry)) } : {};
    const loops: Readonly<Record<string, unknown>> = { scan, unroll, unrollUntil };
    const loop = loops[
      this.#variant.loops !== "unroll" ? "scan" : until ? "unrollUntil" : "unroll"
    ] as AnyLoop;
    const text = `scan(${start.label}, ${withRows ? stacked.label : length}${reverse ? ", reverse" : ""}, ${until ? "until" : instruction.checkpoint})`;
    if (carries === 1) {
      const { carry, ys } = loop(
        (h: Tensor, x: Tensor) => {
          const { after, y } = step([h], withRows ? x : undefined);
          return { carry: after[0]!, y };
        },
        { ...options, ...ending((h: Tensor) => h), init },
      );
      return [this.#value(ys, LIMIT, text, indent), this.#value(carry, LIMIT, `${text}.carry`, indent)];
    }
    const { carry, ys } = loop(
      ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
        const { after, y } = step([h, c], withRows ? x : undefined);
        return { carry: { h: after[0]!, c: after[1] ?? after[0]! }, y };
      },
      { ...options, ...ending(({ h }: { h: Tensor }) => h), init: { h: init, c: mul(init, 0.5) } },
    );
    return [
      this.#value(ys, LIMIT, text, indent),
      this.#value(carry.c, LIMIT, `${text}.c`, indent),
      this.#value(carry.h, LIMIT, `${text}.h`, indent),
    ];
  }
}

/** A sum in which every element counts differently. */
function weighted(x: Tensor): Tensor {
  const weights = Float64Array.from({ length: sizeOf(x.shape) }, (_, i) => Math.cos(1 + i) + 1.5);
  const dtype = x.dtype as "f32" | "f64";
  return sum(mul(x, constant(new NDArray("f64", x.shape, weights), dtype)));
}
