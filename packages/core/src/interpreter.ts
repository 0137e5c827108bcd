import { byteWidth } from "./dtype.ts";
import type { Body, EvaluateContext } from "./graph/op.ts";
import type { Node, Tensor, TensorType } from "./graph/tensor.ts";
import { ancestors } from "./graph/walk.ts";
import type { NDArray } from "./ndarray.ts";
import { sizeOf } from "./shape.ts";

/** How a program runs, and who watches. */
export interface PlanOptions {
  /** Compute `f32` in doubles, for derivatives by differences. */
  readonly promote?: boolean;
  /** Called after every node with its operands and results, and the time steps of the loops around it. */
  readonly observe?: (
    node: Node,
    operands: readonly NDArray[],
    results: readonly NDArray[],
    steps: readonly number[],
  ) => void;
  /** Records the largest sum of bytes alive at one time. */
  readonly memory?: MemoryMeter;
}

/** Bytes that values of a run hold. */
export class MemoryMeter {
  current = 0;
  peak = 0;
  add(bytes: number): void {
    this.current += bytes;
    this.peak = Math.max(this.peak, this.current);
  }
}

/** A piece of graph made ready: bound inputs in, outputs out. */
export type Program = (inputs: readonly NDArray[]) => NDArray[];

interface Instruction {
  readonly node: Node;
  readonly operands: readonly number[];
  /** The slot of each result that is read. */
  readonly results: readonly (readonly [index: number, slot: number])[];
  /** Slots that nothing reads later. */
  readonly dead: readonly number[];
  readonly context: EvaluateContext;
}

/**
 * The reference interpreter. Nodes run in topological order, each by its op's own `evaluate`; a value is dropped
 * after its last reader. Bodies of loops are planned once and run once per step.
 */
export function plan(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: PlanOptions = {},
  steps: number[] = [],
): Program {
  const bound = new Set(inputs.map(({ node }) => node));
  const nodes = ancestors(outputs, (node) => !bound.has(node)).filter((node) => !bound.has(node));
  const slots = new Map<Tensor, number>();
  const slotOf = (tensor: Tensor): number => {
    const slot = slots.get(tensor) ?? slots.size;
    slots.set(tensor, slot);
    return slot;
  };
  const inputSlots = inputs.map(slotOf);
  for (const node of nodes) node.inputs.forEach(slotOf);
  const outputSlots = outputs.map(slotOf);
  const instructions = makeInstructions(nodes, slots, new Set(outputSlots), options, steps);
  return (values) => {
    const memory = new Array<NDArray | undefined>(slots.size);
    inputSlots.forEach((slot, i) => {
      memory[slot] = values[i];
    });
    for (const instruction of instructions) execute(instruction, memory, options, steps);
    return outputSlots.map((slot) => memory[slot]!);
  };
}

function execute(
  { node, operands, results, dead, context }: Instruction,
  memory: (NDArray | undefined)[],
  { observe, memory: meter }: PlanOptions,
  steps: readonly number[],
): void {
  const values = operands.map((slot) => memory[slot]!);
  const produced = node.op.evaluate(values, node.attributes, context);
  observe?.(node, values, produced, steps);
  for (const [index, slot] of results) {
    memory[slot] = produced[index];
    meter?.add(bytesOf(produced[index]!));
  }
  for (const slot of dead) {
    meter?.add(-bytesOf(memory[slot]!));
    memory[slot] = undefined;
  }
}

const bytesOf = (value: NDArray): number => byteWidth(value.dtype) * sizeOf(value.shape);

function makeInstructions(
  nodes: readonly Node[],
  slots: ReadonlyMap<Tensor, number>,
  kept: ReadonlySet<number>,
  options: PlanOptions,
  steps: number[],
): Instruction[] {
  const read = new Set<number>(kept);
  const backwards = [...nodes].reverse().map((node): Instruction => {
    const operands = node.inputs.map((input) => slots.get(input)!);
    const results = node.results.flatMap((_, index) => {
      const slot = slots.get(node.result(index));
      return slot === undefined ? [] : [[index, slot] as const];
    });
    const unread = results.map(([, slot]) => slot).filter((slot) => !read.has(slot));
    const last = [...new Set(operands)].filter((slot) => !read.has(slot));
    for (const slot of last) read.add(slot);
    const context = makeContext(
      node,
      results.map(([index]) => index),
      options,
      steps,
    );
    return { node, operands, results, dead: [...unread, ...last], context };
  });
  return backwards.reverse();
}

function makeContext(
  node: Node,
  wanted: readonly number[],
  options: PlanOptions,
  steps: number[],
): EvaluateContext {
  const programs = new Map<Body, Map<string, Program>>();
  const prepare: EvaluateContext["prepare"] = (body, outputs) => {
    const known = programs.get(body) ?? new Map<string, Program>();
    programs.set(body, known);
    const key = outputs.join();
    const tensors = outputs.map((index) => body.outputs[index]!);
    const program = known.get(key) ?? plan(tensors, body.inputs, options, steps);
    known.set(key, program);
    return (inputs, step) => {
      steps.push(step);
      try {
        return program(inputs);
      } finally {
        steps.pop();
      }
    };
  };
  return { types: node.results.map((type) => computedType(type, options)), wanted, prepare };
}

const computedType = (type: TensorType, { promote }: PlanOptions): TensorType =>
  promote && type.dtype === "f32" ? { shape: type.shape, dtype: "f64" } : type;
