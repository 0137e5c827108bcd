import { ModuleBuilder } from "../assembler/module-builder.ts";
import { engine } from "../engine.ts";

/** `x² - 1`, which is `2 e + e²` for `x = 1 + e`: rounding the square first loses `e²`. */
const E = 2 ** -12;

let fuses = false;

/**
 * Whether the engine takes relaxed SIMD and the processor rounds `x y + z` once. Where it does not, the two instructions
 * that every engine has are as fast. Asked again after a no, since engines have flags for it.
 */
export function fusesMultiplyAdd(): boolean {
  fuses ||= probe();
  return fuses;
}

function probe(): boolean {
  const module = new ModuleBuilder();
  module.function({ name: "probe", params: ["f32"], results: ["f32"], export: true }, ({ f32x4 }, x) => {
    f32x4.splat(x);
    f32x4.splat(x);
    f32x4.relaxed_madd(-1);
    f32x4.extract_lane(0);
  });
  const bytes = module.finish();
  const { validate, Module, Instance } = engine();
  if (!validate(bytes)) return false;
  try {
    const exports = new Instance(new Module(bytes)).exports as { probe(x: number): number };
    return exports.probe(1 + E) === 2 * E + E * E;
  } catch {
    return false; // a page's policy forbids it, which compiling will say
  }
}
