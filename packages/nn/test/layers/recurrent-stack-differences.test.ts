/** Stacks of recurrent layers: derivatives of first and second order are those of differences. */
import { parameter } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { parameters } from "@org/nn";
import { describe, test } from "vitest";
import { values } from "../values.ts";
import { B, filled, H, kinds, norm2, x } from "./stacks.ts";

describe.each(kinds)("%s", (_, make) => {
  test("A15, A20: three layers and their initial states", () => {
    const deep = filled(make({ layers: 3 }));
    const initialState = deep
      .initialState(B)
      .map((state, i) =>
        Object.fromEntries(
          Object.keys(state).map((key, k) => [key, parameter(key, values(20 + 3 * i + k, B, H))]),
        ),
      );
    const loss = norm2(deep.apply(x, { initialState }));
    checkGradients(loss, { x, initialState, own: parameters(deep) }, { order: 2 }).assert();
  });

  test("A16: two directions", () => {
    const twoWays = filled(make({ bidirectional: true, layers: 2 }));
    checkGradients(norm2(twoWays.apply(x)), { x, own: parameters(twoWays) }, { order: 2 }).assert();
  });
});
