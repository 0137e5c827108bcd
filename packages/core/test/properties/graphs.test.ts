/** Laws that hold for every graph, on random ones. */
import {
  add,
  compile,
  evaluate,
  grad,
  hessian,
  jvp,
  mul,
  NDArray,
  parameter,
  type Tensor,
  vjp,
} from "@org/core";
import { arbitraryGraph, checkGradients } from "@org/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../../test/runs.ts";
import { LitteredRuntime } from "../compiled/littered-runtime.ts";
import { derivatives, expectClose } from "./runs.ts";

const graphs = arbitraryGraph({ choices: true });
/** Smooth but for branches and ends of loops. */
const choosing = arbitraryGraph({ smooth: true, choices: true });

test("gradients of random graphs agree with differences, to order 2", () => {
  fc.assert(
    fc.property(graphs, ({ loss, parameters, feeds }) => {
      checkGradients(loss, parameters, { feeds, order: 2, mode: "directions", directions: 2 }).assert();
    }),
    runs(60),
  );
});

test("gradients with respect to inputs agree with differences, element by element", () => {
  fc.assert(
    fc.property(
      arbitraryGraph({ choices: true, instructions: 3, depth: 1 }),
      ({ outputs, parameters, inputs, feeds }) => {
        const wrt = [...Object.values(inputs), ...parameters];
        checkGradients(outputs, wrt, { feeds, mode: "full" }).assert();
      },
    ),
    runs(25),
  );
});

test("compiled = interpreted", () => {
  fc.assert(
    fc.property(choosing, (graph) => {
      const tensors = derivatives(graph);
      const runtime = new LitteredRuntime();
      const run = compile({ inputs: graph.inputs, outputs: tensors, runtime });
      expectClose(run(graph.feeds as never), evaluate(tensors, graph.feeds));
      runtime.dispose();
    }),
    runs(60),
  );
});

test("compiled = interpreted in f32", () => {
  fc.assert(
    fc.property(arbitraryGraph({ smooth: true, dtype: "f32" }), (graph) => {
      const runtime = new LitteredRuntime();
      const run = compile({ inputs: graph.inputs, outputs: graph.outputs, runtime });
      expectClose(run(graph.feeds as never), evaluate(graph.outputs, graph.feeds), 1e-4);
      runtime.dispose();
    }),
    runs(40),
  );
});

test("scan = unroll: values, gradients, second derivatives", () => {
  fc.assert(
    fc.property(choosing, (graph) => {
      const written = derivatives(graph.as({ loops: "unroll" }));
      expectClose(evaluate(derivatives(graph), graph.feeds), evaluate(written, graph.feeds));
    }),
    runs(50),
  );
});

test("checkpointed = plain: values, gradients, second derivatives", () => {
  fc.assert(
    fc.property(choosing, (graph) => {
      const plain = derivatives(graph.as({ checkpoints: false }));
      expectClose(evaluate(derivatives(graph), graph.feeds), evaluate(plain, graph.feeds));
    }),
    runs(50),
  );
});

test("the gradient of a sum is the sum of the gradients", () => {
  fc.assert(
    fc.property(choosing, ({ loss, outputs, parameters, feeds }) => {
      const other = outputs.map((output) => mul(output, output)).map((x) => vjp(x, parameters, x));
      const together = vjp([loss, ...outputs.map((output) => mul(output, output))], parameters, [
        1,
        ...outputs.map((output) => mul(output, output)),
      ]);
      const apart = grad(loss, parameters).map((g, i) =>
        other.reduce((total, each) => add(total, each[i]!), g),
      );
      expectClose(evaluate(together, feeds), evaluate(apart, feeds));
    }),
    runs(40),
  );
});

test("jvp is the transpose of vjp", () => {
  fc.assert(
    fc.property(choosing, ({ outputs, parameters, feeds }) => {
      const tangents = parameters.map((p) => mul(p, 0.7));
      const pushed = evaluate(jvp(outputs, parameters, tangents), feeds);
      const cotangents = outputs.map((y) => add(mul(y, 0.3), 1));
      const pulled = evaluate(vjp(outputs, parameters, cotangents), feeds);
      const us = evaluate(cotangents, feeds);
      const ts = evaluate(tangents, feeds);
      const apart = Math.abs(dot(pushed, us) - dot(pulled, ts));
      const scale = Math.max(1, dot(pushed, us, Math.abs), dot(pulled, ts, Math.abs));
      expect(apart / scale).toBeLessThan(1e-10);
    }),
    runs(50),
  );
});

test("Hessians are symmetric", () => {
  fc.assert(
    fc.property(
      arbitraryGraph({ smooth: true, choices: true, instructions: 4, depth: 1 }),
      ({ loss, parameters, feeds }) => {
        const blocks: Tensor[][] = hessian(loss, [...parameters]) as never;
        const [[, ab], [ba]] = blocks.map((row) => evaluate(row, feeds)) as [NDArray[], NDArray[]];
        expectClose([ba!], [transposed(ab!, parameters[0]!.shape.length)]);
      },
    ),
    runs(30),
  );
});

test("a parameter that nothing uses has gradient zero", () => {
  fc.assert(
    fc.property(graphs, ({ loss, feeds }) => {
      const unused = parameter("unused", [[1, 2, 3]]);
      expect(evaluate(grad(loss, unused), feeds).toNested()).toEqual([[0, 0, 0]]);
    }),
    runs(20),
  );
});

/** `Σ a ⊙ b`, or the sum of what `size` makes of each product. */
const dot = (a: readonly NDArray[], b: readonly NDArray[], size = (x: number): number => x): number =>
  a.reduce((sum, { data }, i) => [...data].reduce((part, x, j) => part + size(x * b[i]!.data[j]!), sum), 0);

/** The first `count` axes behind the others. */
function transposed({ dtype, shape, data }: NDArray, count: number): NDArray {
  const rows = shape.slice(0, count).reduce((size, length) => size * length, 1);
  const columns = rows === 0 ? 0 : data.length / rows;
  const turned = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
  return new NDArray(dtype, [...shape.slice(count), ...shape.slice(0, count)], turned);
}
