/** Any optimizer, schedule and wrapper, with whatever in the place of its arguments. */
import * as optim from "@org/optim";
import { test } from "vitest";
import { expectNoErrorFromInside } from "../../../test/odd-calls.ts";

test("no error from inside", () =>
  expectNoErrorFromInside(optim, {
    but: new Set(),
    most: { restoreCheckpoint: 2 },
    errors: [optim.CheckpointError],
  }));
