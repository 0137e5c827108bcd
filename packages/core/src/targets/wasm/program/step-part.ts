import type { LoopCounter, StepPart } from "../../../lower/kernel.ts";
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/operand.ts";

/** The steps that a loop makes. */
export type Bounds = readonly [first: Local<"i32">, end: Local<"i32">];

/** The first step and the end of a part of a loop, which is counted in the order of the steps. */
export function stepsInPart(
  f: FunctionBuilder,
  steps: ReadonlyMap<LoopCounter, Local<"i32">>,
  { length, reverse }: LoopCounter,
  { from, length: size, of }: StepPart,
): Bounds {
  const { i32 } = f;
  const start = f.keep(i32.const(from));
  if (of) {
    const at = steps.get(of)!;
    f.set(start, i32.add(i32.mul(of.reverse ? i32.sub(of.length - 1, at) : f.get(at), size), start));
  }
  const end = f.keep(i32.add(start, size));
  const [none, all] = [f.keep(i32.const(0)), f.keep(i32.const(length))];
  f.set(start, f.select(start, none, i32.gt_s(start, none)));
  f.set(end, f.select(end, all, i32.lt_s(end, all)));
  return reverse ? [f.keep(i32.sub(length, end)), f.keep(i32.sub(length, start))] : [start, end];
}
