import { parameter } from "@org/core";
import { assign, Embedding, Linear, LSTM, LSTMCell, parameters } from "@org/nn";
import { describe, expect, test } from "vitest";

describe("parameters", () => {
  const head = new Linear({ inputSize: 2, outputSize: 2, seed: 1 });

  test("paths through arrays, records and layers", () => {
    const model = {
      embedding: new Embedding({ count: 3, size: 2, seed: 1 }),
      layers: [new LSTMCell({ inputSize: 2, hiddenSize: 2, seed: 1, bias: false })],
      nested: [{ scale: parameter("anything", 1) }, [head]],
    };
    expect(Object.keys(parameters(model))).toEqual([
      "embedding.E",
      "layers.0.W_xi",
      "layers.0.W_hi",
      "layers.0.W_xf",
      "layers.0.W_hf",
      "layers.0.W_xo",
      "layers.0.W_ho",
      "layers.0.W_xc",
      "layers.0.W_hc",
      "nested.0.scale",
      "nested.1.0.W",
      "nested.1.0.b",
    ]);
    expect(parameters(model)["nested.1.0.W"]).toBe(head.parameters.W);
  });

  test("a parameter, a layer or a record of parameters alone", () => {
    const w = parameter("w", 1);
    expect(parameters(w)).toEqual({ w });
    expect(parameters(head)).toEqual({ W: head.parameters.W, b: head.parameters.b });
    expect(parameters(parameters({ head }))).toEqual(parameters({ head }));
  });

  test("plain JavaScript: values for parameters, unknown and missing options", () => {
    expect(() => parameters({ a: 3 })).toThrow(/^parameters: expected parameters, .* received a number at a/);
    const sizes = { inputSize: 2, hiddenSize: 3 };
    const options = { ...sizes, seed: 1, num_layers: 2 } as never;
    expect(() => new LSTM(options)).toThrow(
      /^LSTM: no option is called "num_layers"[\s\S]*did you mean layers\?/,
    );
    expect(() => new LSTM(sizes as never)).toThrow(/^LSTM: expected the option seed, received nothing/);
    expect(() => new Linear({ inputSize: 2, outputSize: 3 } as never)).toThrow(
      /^Linear: expected the option seed/,
    );
  });
  test("passes over what is no model, and goes round a circle once", () => {
    const w = parameter("w", 1);
    const model: Record<string, unknown> = {
      w,
      size: 3,
      name: "x",
      none: null,
      missing: undefined,
      act: () => w,
    };
    model.self = model;
    expect(parameters({ model, data: new Float32Array(3) })).toEqual({ "model.w": w });
    expect(() => parameters(undefined)).toThrow(
      "parameters: expected parameters, layers, or arrays and records",
    );
  });

  test("a shared parameter is listed once, under its first path", () => {
    const w = parameter("w", 1);
    expect(parameters({ a: { w }, b: w })).toEqual({ "a.w": w });
  });

  test("two parameters of one path are refused", () => {
    const model = { "a.b": parameter("x", 1), a: { b: parameter("y", 2) } };
    expect(() => parameters(model)).toThrowErrorMatchingInlineSnapshot(
      `[GraphError: parameters: two parameters have the path "a.b"]`,
    );
  });

  test("names that objects have by themselves are names like others", () => {
    const model = JSON.parse('{ "__proto__": 0, "constructor": 0, "toString": 0 }');
    for (const key of Object.keys(model)) {
      Object.defineProperty(model, key, { value: parameter(key, 1), enumerable: true });
    }
    expect(Object.keys(parameters(model))).toEqual(["__proto__", "constructor", "toString"]);
  });
});

describe("assign", () => {
  const make = () => ({ a: parameter("a", [1, 2]), b: parameter("b", 3, "i32") });

  test("sets every parameter", () => {
    const target = make();
    assign(target, { a: new Float32Array([5, 6]), b: 7 });
    expect([target.a.value.toNested(), target.b.value.toNested()]).toEqual([[5, 6], 7]);
  });

  test.each<[string, Record<string, never>, string]>([
    ["a name too many", { a: [5, 6], b: 7, c: 8 } as never, '"c"'],
    ["a name too few", { a: [5, 6] } as never, '"b"'],
    ["another shape", { a: [5, 6], b: [7] } as never, '"b"'],
    ["another dtype", { a: [5, 6], b: 7.5 } as never, '"b"'],
    ["a name that every object has", { a: [5, 6], b: 7, toString: 1 } as never, '"toString"'],
  ])("%s: refused, and nothing changes", (_, values, name) => {
    const target = make();
    expect(() => assign(target, values)).toThrow(name);
    expect([target.a.value.toNested(), target.b.value.toNested()]).toEqual([[1, 2], 3]);
  });
});
