/** Peepholes, layer normalisation and projections of the LSTM, in all combinations: derivatives against differences. */
import { add, constant, square, sum } from "@org/core";
import { checkGradients } from "@org/core/testing";
import * as nn from "@org/nn";
import { test } from "vitest";
import { fixture, randomize, values } from "./values.ts";

type Options = Pick<nn.LSTMCellOptions, "peephole" | "layerNorm" | "projectionSize">;

const { rows } = fixture<{ rows: { readonly options: Options }[] }>("lstm-options");

test.each(rows.map(({ options }) => [JSON.stringify(options), options] as const))(
  "%s: first and second derivatives, through a layer of two directions",
  (_, options) => {
    const lstm = new nn.LSTM({
      inputSize: 2,
      hiddenSize: 3,
      seed: 1,
      dtype: "f64",
      bidirectional: true,
      ...options,
    });
    randomize(nn.parameters(lstm), 3);
    const x = constant(values(1, 2, 1, 2));
    const initialState = lstm.initialState(1).map(({ h, c }, i) => ({
      h: constant(values(5 + i, ...h.shape)),
      c: constant(values(7 + i, ...c.shape)),
    }));
    const { outputs, state } = lstm.apply(x, { initialState });
    const loss = state.reduce((total, { c }) => add(total, sum(square(c))), sum(square(outputs)));
    checkGradients(loss, { x, initialState, own: nn.parameters(lstm) } as never, { order: 2 }).assert();
  },
);
