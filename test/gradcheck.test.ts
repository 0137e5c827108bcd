/** The cases of `npx -y pnpm@12 gradcheck` can be built: their options are those that layers have today. */
import { Tensor } from "@org/core";
import { expect, test } from "vitest";
import { networkCases } from "../scripts/gradcheck-networks.ts";

test.each(networkCases.map((each) => [each.name, each] as const))("%s", (_, { problems }) => {
  for (const { outputs, wrt } of problems({ index: 0, uniform: () => 0.3 })) {
    expect([outputs].flat().every((each) => each instanceof Tensor)).toBe(true);
    expect(Object.keys(wrt).length).toBeGreaterThan(0);
  }
});
