/** Every call in functions.json: gradients of order 1 and 2 against differences. */
import { describe, test } from "vitest";
import { isFloat } from "../../src/dtype.ts";
import { input } from "../../src/index.ts";
import { checkOrders } from "../sweep/check-orders.ts";
import { interpreter } from "../sweep/target.ts";
import { fixtureCalls } from "./fixture-calls.ts";

describe("calls of functions", () => {
  fixtureCalls.forEach(({ label, call, values, differences }, i) => {
    if (!differences) return;
    test(`${i}: ${label}`, () => {
      const inputs = values.map((value, i) => input(`x${i}`, value.shape, value.dtype));
      const outputs = call(inputs).filter(({ dtype }) => isFloat(dtype));
      const wrt = inputs.map((_, i) => i).filter((i) => isFloat(inputs[i]!.dtype));
      if (outputs.length > 0 && wrt.length > 0) checkOrders(interpreter, { inputs, values, wrt, outputs });
    });
  });
});
