/** Deep networks, whose layers threads take one behind the other, give what the interpreter gives. */
import { compile, evaluate } from "@org/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { arbitraryDeepNetwork, deepNetwork } from "../loops/deep-networks.ts";
import { expectClose } from "../properties/runs.ts";
import { filled } from "../samples/arrays.ts";
import { eager, settle } from "./eager.ts";

test.each([2, 3])("random deep networks on %i threads, before the workers are there and after", (threads) => {
  const runtime = eager(threads);
  fc.assert(
    fc.property(arbitraryDeepNetwork(), (network) => {
      const { inputs, outputs } = deepNetwork(network);
      const feeds = { xs: filled(inputs.xs.shape, 1) };
      const run = compile({ inputs, outputs, runtime });
      const expected = evaluate(outputs, feeds);
      const early = run(feeds);
      expectClose(early, expected);
      settle(runtime);
      for (let call = 0; call < 3; call++)
        expect(run(feeds).map(({ data }) => data)).toEqual(early.map(({ data }) => data));
      run.dispose();
    }),
    runs(20),
  );
});
