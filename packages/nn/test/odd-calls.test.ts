/** Any layer, cell, loss and metric, with whatever in the place of its arguments. */
import * as nn from "@org/nn";
import { test } from "vitest";
import { expectNoErrorFromInside } from "../../../test/odd-calls.ts";

test("no error from inside", () =>
  expectNoErrorFromInside(nn, { but: new Set(), most: { RecurrentStack: 2 } }));
