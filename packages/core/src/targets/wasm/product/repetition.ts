import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local, Value } from "../assembler/operand.ts";

/** A number that is known, or a variable. */
export type Amount = Local<"i32"> | number;

/** Runs `body` for `index`, `index + step`, … below `end`; `end` may be a local. */
export function countUp(
  f: FunctionBuilder,
  index: Local<"i32">,
  end: Amount,
  step: number,
  body: () => void,
): void {
  f.block((done) => {
    f.br_if(done, f.i32.ge_s(index, end));
    f.loop((again) => {
      body();
      f.br_if(again, f.i32.lt_s(f.tee(index, f.i32.add(index, step)), end));
    });
  });
}

/** Runs `body` `count` times; 0 or 1 that is known makes no loop. */
export function repeat(f: FunctionBuilder, count: Amount, body: () => void): void {
  if (count === 0) return;
  if (count === 1) {
    body();
    return;
  }
  const left = f.local("i32");
  f.set(left, count);
  f.block((done) => {
    if (typeof count !== "number") f.br_if(done, f.i32.eqz(left));
    f.loop((again) => {
      body();
      f.br_if(again, f.tee(left, f.i32.sub(left, 1)));
    });
  });
}

/** `variable += count · unit` */
export function advance(f: FunctionBuilder, variable: Local<"i32">, count: Amount, unit = 1): void {
  if (typeof count === "number") {
    if (count * unit !== 0) f.set(variable, f.i32.add(variable, count * unit));
  } else if (unit === 1) f.set(variable, f.i32.add(variable, count));
  else if (unit !== 0) f.set(variable, f.i32.add(variable, f.i32.mul(count, unit)));
}

/** The smaller one of two numbers, left on the stack. */
export function smaller(f: FunctionBuilder, x: Local<"i32">, y: Local<"i32"> | number): Value<"i32"> {
  const other = typeof y === "number" ? f.keep(f.i32.const(y)) : y;
  return f.select(x, other, f.i32.lt_s(x, other));
}
