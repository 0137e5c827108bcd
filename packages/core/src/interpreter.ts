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
  /** Measures what the run holds in memory. */
  readonly memory?: MemoryMeter;
}

/** Bytes that a run computes and still holds; views share the bytes of what they look at. */
export class MemoryMeter {
  readonly #holders = new Map<ArrayBufferLike, number>();
  #current = 0;
  /** The largest sum of bytes held at one time. */
  peak = 0;

  /** Counts bytes that are not in any value yet. */
  reserve(bytes: number): void {
    this.#current += bytes;
    this.peak = Math.max(this.peak, this.#current);
  }

  hold({ data: { buffer } }: NDArray, operands: readonly NDArray[]): void {
    const holders = this.#holders.get(buffer) ?? 0;
    if (holders === 0 && operands.some(({ data }) => data.buffer === buffer)) return;
    this.#holders.set(buffer, holders + 1);
    if (holders === 0) this.reserve(buffer.byteLength);
  }

  release({ data: { buffer } }: NDArray): void {
    const holders = this.#holders.get(buffer);
    if (holders === undefined) return;
    if (holders > 1) {
      this.#holders.set(buffer, holders - 1);
      return;
    }
    this.#holders.delete(buffer);
    this.reserve(-buffer.byteLength);
  }
}

/** A piece of graph made ready: bound inputs in, outputs out. */
export type Program = (inputs: readonly NDArray[]) => NDArray[];

interface Instruction {
  readonly node: Node;
  readonly operands: readonly number[];
  /** Which results are read, and the slot of each. */
  readonly wanted: readonly number[];
  readonly slots: readonly number[];
  /** Slots that nothing reads later. */
  readonly dead: readonly number[];
  readonly context: EvaluateContext;
}

type Slots = ReadonlyMap<Tensor, number>;

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
  const slots = assignSlots(nodes, inputs, outputs);
  const inputSlots = inputs.map((tensor) => slots.get(tensor)!);
  const outputSlots = outputs.map((tensor) => slots.get(tensor)!);
  const instructions = makeInstructions(
    nodes,
    slots,
    new Set([...inputSlots, ...outputSlots]),
    options,
    steps,
  );
  const given = new Set(inputSlots);
  const returned = [...new Set(outputSlots)].filter((slot) => !given.has(slot));
  return (values) => {
    const memory = new Array<NDArray | undefined>(slots.size);
    inputSlots.forEach((slot, i) => {
      memory[slot] = values[i];
    });
    for (const instruction of instructions) execute(instruction, memory, options, steps);
    for (const slot of returned) options.memory?.release(memory[slot]!);
    return outputSlots.map((slot) => memory[slot]!);
  };
}

function assignSlots(nodes: readonly Node[], inputs: readonly Tensor[], outputs: readonly Tensor[]): Slots {
  const slots = new Map<Tensor, number>();
  const assign = (tensor: Tensor): void => {
    if (!slots.has(tensor)) slots.set(tensor, slots.size);
  };
  inputs.forEach(assign);
  for (const node of nodes) node.inputs.forEach(assign);
  outputs.forEach(assign);
  return slots;
}

function execute(
  { node, operands, wanted, slots, dead, context }: Instruction,
  memory: (NDArray | undefined)[],
  { observe, memory: meter }: PlanOptions,
  steps: readonly number[],
): void {
  const values = operands.map((slot) => memory[slot]!);
  const inside =
    meter && node.op.bodies ? wanted.reduce((bytes, index) => bytes + bytesOf(context.types[index]!), 0) : 0;
  meter?.reserve(inside);
  const produced = node.op.evaluate(values, node.attributes, context);
  meter?.reserve(-inside);
  if (meter) for (const index of wanted) meter.hold(produced[index]!, values);
  observe?.(node, values, produced, steps);
  for (let i = 0; i < slots.length; i++) memory[slots[i]!] = produced[wanted[i]!];
  for (const slot of dead) {
    meter?.release(memory[slot]!);
    memory[slot] = undefined;
  }
}

const bytesOf = ({ dtype, shape }: TensorType): number => byteWidth(dtype) * sizeOf(shape);

/** Instructions in order, made from the last to the first: a slot dies where it is read last. */
function makeInstructions(
  nodes: readonly Node[],
  slots: Slots,
  kept: ReadonlySet<number>,
  options: PlanOptions,
  steps: number[],
): Instruction[] {
  const read = new Set<number>(kept);
  const instructions = new Array<Instruction>(nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const operands = node.inputs.map((input) => slots.get(input)!);
    const wanted: number[] = [];
    const results: number[] = [];
    const dead: number[] = [];
    for (let index = 0; index < node.results.length; index++) {
      const slot = slots.get(node.result(index));
      if (slot === undefined) continue;
      wanted.push(index);
      results.push(slot);
    }
    for (const slot of operands) {
      if (read.has(slot)) continue;
      read.add(slot);
      dead.push(slot);
    }
    const context = makeContext(node, wanted, options, steps);
    instructions[i] = { node, operands, wanted, slots: results, dead, context };
  }
  return instructions;
}

const noBody: EvaluateContext["prepare"] = () => {
  throw new Error("an op that runs a body lists it in bodies()");
};

function makeContext(
  node: Node,
  wanted: readonly number[],
  options: PlanOptions,
  steps: number[],
): EvaluateContext {
  const types = options.promote ? node.results.map(promoted) : node.results;
  return { types, wanted, prepare: node.op.bodies ? makePrepare(options, steps) : noBody };
}

/** Plans each body once for each choice of outputs. */
function makePrepare(options: PlanOptions, steps: number[]): EvaluateContext["prepare"] {
  const programs = new Map<Body, Map<string, Program>>();
  return (body, outputs) => {
    const known = programs.get(body) ?? new Map<string, Program>();
    programs.set(body, known);
    const key = outputs.join();
    const tensors = outputs.map((index) => body.outputs[index]!);
    const program = known.get(key) ?? plan(tensors, body.inputs, options, steps);
    known.set(key, program);
    return (inputs, step) => {
      if (step === undefined) return program(inputs);
      steps.push(step);
      try {
        return program(inputs);
      } finally {
        steps.pop();
      }
    };
  };
}

/** The type that a run in doubles computes. */
export const promoted = ({ shape, dtype }: TensorType): TensorType => ({
  shape,
  dtype: dtype === "f32" ? "f64" : dtype,
});
