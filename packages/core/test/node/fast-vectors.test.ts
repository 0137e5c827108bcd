import { compile, createRuntime, input, mul } from "@org/core";
import { useFastVectors } from "@org/core/node";
import { expect, test } from "vitest";
import { knownAnswers } from "../../src/node/known-answers.ts";
import { assumePairsPacked, packsPairs } from "../../src/targets/wasm/arithmetic.ts";
import { fusesMultiplyAdd } from "../../src/targets/wasm/runtime/probe.ts";
import { WasmRuntime } from "../../src/targets/wasm/runtime/runtime.ts";

const bytesOf = (fused: boolean, wide: boolean): Buffer[] => {
  using runtime = new WasmRuntime({ arithmetic: { fused, wide } });
  return knownAnswers(runtime).map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
};

test.each(fusesMultiplyAdd() ? [false, true] : [false])(
  "wide programs give the same bits; fused: %s",
  (fused) => {
    const narrow = bytesOf(fused, false);
    expect(narrow.length).toBeGreaterThan(20);
    expect(bytesOf(fused, true)).toEqual(narrow);
  },
);

test("the answers depend on every bit: fused and plain ones differ", () => {
  if (fusesMultiplyAdd()) expect(bytesOf(true, true)).not.toEqual(bytesOf(false, true));
  using interpreted = createRuntime({ target: "interpreter" });
  const compiled = bytesOf(false, true);
  // The interpreter computes f32 products in doubles: close, and not the same.
  knownAnswers(interpreted).forEach(({ data }, i) => {
    const other = compiled[i]!;
    const values = Array.from(
      new (data.constructor as Float32ArrayConstructor)(
        other.buffer,
        other.byteOffset,
        other.byteLength / data.BYTES_PER_ELEMENT,
      ),
    );
    for (const [at, value] of values.entries()) expect(value).toBeCloseTo(data[at]!, 4);
  });
});

test("runtimes that are made later use what was found, as their reports say", () => {
  const before = packsPairs();
  const found = useFastVectors();
  try {
    expect(useFastVectors()).toBe(found);
    expect(found.wide).toBe(found.reason === undefined);
    const x = input("x", [2]);
    using runtime = createRuntime();
    expect(compile({ inputs: { x }, outputs: mul(x, x), runtime }).report()).toMatchObject({
      fma: found.fma,
      wide: found.wide,
    });
  } finally {
    assumePairsPacked(before);
  }
});
