/** What toOnnx writes. That it computes the same is looked at with ONNX Runtime itself: `npx -y pnpm@12 interop`. */
import {
  add,
  constant,
  input,
  matmul,
  mul,
  Node,
  type Op,
  parameter,
  randomUniform,
  scan,
  sin,
  square,
  type Tensor,
  tanh,
  withScope,
} from "@org/core";
import { ops } from "@org/core/ops";
import { Embedding, LSTMCell, parameters } from "@org/nn";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toOnnx } from "../src/index.ts";
import { operations, without } from "../src/onnx/operations.ts";
import { Message } from "../src/onnx/protobuf.ts";
import { decoded, graphOf, messages, read, texts } from "./decoded.ts";

test("every record is written, or stands with a reason among those that are not", () => {
  const structural = ["checkpoint", "constant", "input", "parameter", "placeholder", "scan"];
  const all = [...Object.keys(operations), ...Object.keys(without), ...structural];
  expect(all.sort()).toEqual(Object.keys(ops).sort());
});

test("messages are written as the documentation of Protocol Buffers has them", () => {
  const hex = (message: Message): string => Buffer.from(message.encode()).toString("hex");
  expect(hex(new Message().integer(1, 150))).toBe("089601");
  expect(hex(new Message().text(2, "testing"))).toBe("120774657374696e67");
  expect(hex(new Message().message(3, new Message().integer(1, 150)))).toBe("1a03089601");
  expect(hex(new Message().integer(1, -2))).toBe("08feffffffffffffffff01");
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string({ unit: "binary" }), (whole, text) => {
      const fields = read(new Message().integer(300, whole).text(2, text).encode());
      expect(BigInt.asIntN(64, fields.get(300)![0] as bigint)).toBe(BigInt(whole));
      expect(texts(fields, 2)).toEqual([text]);
    }),
  );
});

test("a model has the user's names, its weights, and regions in the names of its nodes", () => {
  const x = input("x", [2, 3]);
  const w = parameter("cell.W", [[1], [2], [3]]);
  const y = withScope("cell", () => tanh(add(matmul(x, w), 0.5)));
  const model = toOnnx({ inputs: { x }, outputs: { y, same: x } });
  const { nodes, inputs, outputs, initializers } = decoded(model);
  expect([inputs, outputs]).toEqual([["x"], ["y", "same"]]);
  expect(initializers).toContain("cell.W");
  expect(nodes.map(({ operator }) => operator)).toEqual(["MatMul", "Add", "Tanh", "Identity", "Identity"]);
  expect(nodes[0]).toMatchObject({ reads: ["x", "cell.W"], name: "cell/matmul" });
  const [{ gives }] = nodes.slice(-1) as [(typeof nodes)[number]];
  expect(gives).toEqual(["same"]);
  expect(Number(messages(read(model), 8)[0]!.get(2)![0])).toBe(21);
});

test("loops are scans that read constants from outside; without a sequence they count their steps", () => {
  const x = input("x", [4, 2]);
  const w = parameter("w", [1, 2]);
  const { ys } = scan((h: Tensor, t: Tensor) => ({ carry: tanh(add(h, mul(t, sin(w)))), y: square(h) }), {
    init: [0, 0],
    xs: x,
    reverse: true,
  }) as { ys: Tensor };
  const { nodes } = decoded(toOnnx({ inputs: { x }, outputs: { ys } }));
  const loop = nodes.find(({ operator }) => operator === "Scan")!;
  const sine = nodes.find(({ operator }) => operator === "Sin")!;
  const body = graphOf(messages(loop.attributes.get("body")!, 6)[0]!);
  expect(body.nodes.flatMap(({ reads }) => reads)).toContain(sine.gives[0]);
  expect([body.inputs.length, body.outputs.length, new Set(body.outputs).size]).toEqual([2, 2, 2]);
  for (const key of ["scan_input_directions", "scan_output_directions"])
    expect(loop.attributes.get(key)!.get(8)).toEqual([1n]);
  const { carry } = scan((c: Tensor) => ({ carry: tanh(c) }), { init: constant([1]), length: 3 });
  const free = decoded(toOnnx({ outputs: { carry } })).nodes.find(({ operator }) => operator === "Scan")!;
  expect(free.reads[1]).toMatch(/^steps/);
});

test("a step goes out with its state, under the names of the model", () => {
  const cell = new LSTMCell({ inputSize: 3, hiddenSize: 4, seed: 1 });
  const embedding = new Embedding({ count: 5, size: 3, seed: 2 });
  const [letter, h, c] = [input("letter", [1], "i32"), input("h", [1, 4]), input("c", [1, 4])];
  const next = cell.step(embedding.apply(letter), { h, c });
  const { inputs, outputs, initializers } = decoded(
    toOnnx({
      inputs: { letter, h, c },
      outputs: { next_h: next.h, next_c: next.c },
      parameters: parameters({ cell, embedding }),
    }),
  );
  expect([inputs, outputs]).toEqual([
    ["letter", "h", "c"],
    ["next_h", "next_c"],
  ]);
  expect(initializers).toEqual(expect.arrayContaining(["cell.W_xi", "embedding.E"]));
});

test("what has no words, or has the name of another, is refused by name", () => {
  const x = input("x", [2]);
  const own: Op = { ...ops.tanh, name: "myOp" };
  const y = new Node(own, [x], undefined, [{ shape: [2], dtype: "f32" }]).result();
  expect(() => toOnnx({ inputs: { x }, outputs: { y } })).toThrow(
    /^toOnnx: myOp is not one of the library's ops \(made at /,
  );
  const key = input("key", [2], "i32");
  expect(() => toOnnx({ inputs: { key }, outputs: { drawn: randomUniform(key, [3]) } })).toThrow(
    /toOnnx: randomUnit cannot be said: ONNX has no random numbers from a key/,
  );
  expect(() => toOnnx({ outputs: { y: mul(x, 2) } })).toThrow(/toOnnx: the graph reads the input "x"/);
  expect(() => toOnnx({ inputs: { x }, outputs: { x: mul(x, 2) } })).toThrow(
    /toOnnx: the output "x" has the name of another input/,
  );
  const [a, b] = [parameter("w", 1), parameter("w", 2)];
  expect(() => toOnnx({ outputs: { y: add(a, b) } })).toThrow(/toOnnx: two parameters are called "w"/);
});
