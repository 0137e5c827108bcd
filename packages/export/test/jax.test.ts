/** What toJax prints. That it computes the same is looked at with JAX itself: `npx -y pnpm@12 interop`. */
import {
  add,
  checkpoint,
  customGradient,
  GraphError,
  grad,
  input,
  loadTensors,
  mul,
  Node,
  type Op,
  parameter,
  randomUniform,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  withScope,
} from "@org/core";
import { nameOf, ops } from "@org/core/ops";
import { crossEntropy, Embedding, Linear, LSTM, parameters, randomState } from "@org/nn";
import { adam, chain, clipByGlobalNorm, globalNorm, minimize, sgd, splitUpdates } from "@org/optim";
import { expect, test } from "vitest";
import { opRecords } from "../../core/test/sweep/op-records.ts";
import { toJax } from "../src/index.ts";
import { operations } from "../src/jax/operations.ts";

const printed = (outputs: Record<string, Tensor>, inputs: Record<string, Tensor> = {}): string =>
  toJax({ inputs, outputs }).module.split("def outputs")[1]!;

test("the list of records is whole, and each has an entry or is a statement", async () => {
  const found = await opRecords();
  for (const { op } of found) expect(nameOf({ op }), op.name).toBe(op.name);
  const statements = ["checkpoint", "constant", "input", "parameter", "placeholder", "scan"];
  expect(Object.keys(ops).sort()).toEqual([...Object.keys(operations), ...statements].sort());
  for (const [name, op] of Object.entries(ops)) expect(op.name).toBe(name);
});

test("a program reads as one would write it", () => {
  const x = input("x", [2, 3]);
  const w = parameter("cell.W", [[1], [2], [3]]);
  const h = withScope("cell", () => tanh(add(mul(x, 2), 0.1)));
  const { module } = toJax({ inputs: { x }, outputs: { y: sum(square(h)), w: mul(w, -1) } });
  expect(module.slice(module.indexOf("def outputs"))).toBe(`def outputs(params, batch):
    """params, batch → outputs"""
    cell_W = params["cell.W"]
    x = batch["x"]

    return {"y": jnp.sum(jnp.square(jnp.tanh(x * 2.0 + 0.1))), "w": cell_W * -1.0}
`);
});

test("numbers are f32 where they are, and keep their signs and precedence", () => {
  const x = input("x", [2]);
  const y = mul(add(x, -0.1), add(x, 1e-20, Number.NaN));
  expect(printed({ y }, { x })).toContain('return {"y": (x + -0.1) * (x + 1e-20 + jnp.nan)}');
});

test("loops are scans, and what runs once stays outside", () => {
  const x = input("x", [4, 2]);
  const w = parameter("w", [1, 2]);
  const { ys } = scan((h: Tensor, t: Tensor) => ({ carry: tanh(add(h, mul(t, sin(w)))), y: square(h) }), {
    init: [0, 0],
    xs: x,
    reverse: true,
  }) as { ys: Tensor };
  const text = printed({ ys }, { x });
  expect(text.indexOf("= jnp.sin(w)")).toBeLessThan(text.indexOf("def step(carry, xs):"));
  expect(text).toMatch(/lax\.scan\(\s*step,.*length=4,\s*reverse=True/s);
});

test("a counted loop makes all steps, and selects", () => {
  const [xs, n] = [input("xs", [4, 2]), input("n", [], "i32")];
  const step = (h: Tensor, x: Tensor) => ({ carry: tanh(add(h, x)), y: square(h) });
  const { carry, ys } = scan(step, { init: [0.1, 0.2], xs, count: n });
  const text = toJax({ inputs: { xs, n }, outputs: { carry, ys } }).module;
  expect(text).toContain("xs_3, t = xs");
  expect(text).toMatch(
    /return \(jnp\.where\(t < n, jnp\.tanh\(.*, carry_2\),\), \(jnp\.where\(t < n, .*, 0\),\)/,
  );
  expect(text).toContain("(xs_2, jnp.arange(4))");
});

test("a block that is computed again is behind a barrier", () => {
  const w = parameter("w", [1, 2]);
  const block = checkpoint((t: Tensor) => tanh(sin(t)));
  const text = toJax({ outputs: { g: grad(sum(square(block(w))), w) } }).module;
  expect(text.match(/\*lax\.optimization_barrier/g)).toHaveLength(2);
});

test("training: the step in two, values under the names of the parameters", () => {
  const ids = input("ids", [4, 2], "i32");
  const labels = input("labels", [4, 2], "i32");
  const random = randomState(1);
  const model = {
    embedding: new Embedding({ count: 5, size: 3, seed: 1 }),
    lstm: new LSTM({ inputSize: 3, hiddenSize: 4, seed: 2 }),
    head: new Linear({ inputSize: 4, outputSize: 5, seed: 3 }),
  };
  const { outputs } = model.lstm.apply(model.embedding.apply(ids));
  const noisy = add(outputs, randomUniform(random.draw(), [4, 2, 4]));
  const loss = crossEntropy(model.head.apply(noisy), labels);
  const updates = minimize(loss, parameters(model), chain(clipByGlobalNorm(1), adam({ learningRate: 0.1 })));
  const { module, weights, launcher } = toJax({
    inputs: { ids, labels },
    outputs: { loss, norm: globalNorm(updates.gradients) },
    updates,
    carried: random.updates,
    batchAxis: { ids: 1, labels: 1 },
    name: "characters",
  });
  expect(module).toContain("def gradients(params, carried, batch):");
  expect(module).toContain("def update(gradients, params, state):");
  expect(module).toContain('KEYS = ["key"]');
  expect(module).toContain('"jax_enable_x64"'); // Adam counts in doubles
  expect(launcher).toContain("import characters as model");
  const names = Object.keys(loadTensors(weights));
  expect(names).toContain("params.lstm.0.W_xi");
  expect(names).toContain("state.1.mean.lstm.0.W_xi");
  expect(names).toContain("carried.key");
});

test("long constants go to the file of weights", () => {
  const x = input("x", [100]);
  const table = Float32Array.from({ length: 100 }, (_, i) => i);
  const { module, weights } = toJax({ inputs: { x }, outputs: { y: mul(x, table) } });
  expect(module).toContain('x * CONSTANTS["0"]');
  expect(loadTensors(weights)["constants.0"]!.data).toEqual(table);
});

test("what has no words is refused by name", () => {
  const own: Op = { ...ops.tanh, name: "myOp" };
  const y = new Node(own, [input("x", [2])], undefined, [{ shape: [2], dtype: "f32" }]).result();
  expect(() => toJax({ inputs: { x: y.inputs[0]! }, outputs: { y } })).toThrow(
    /^toJax: myOp is not one of the library's ops \(made at /,
  );
  expect(() => toJax({ outputs: { y: mul(input("z", []), 2) } })).toThrow(
    /toJax: the graph reads the input "z"/,
  );
  const [a, b] = [parameter("w", 1), parameter("w", 2)];
  expect(() => toJax({ outputs: { y: add(a, b) } })).toThrow(/toJax: two parameters are called "w"/);
  const straight = customGradient(
    (t: Tensor) => sin(t),
    (g) => [g],
  );
  expect(printed({ y: straight(a) })).toContain("jnp.sin(w)");
});

test("splitUpdates: an update that reads the batch itself is refused; shared gradients are cut once", () => {
  const x = input("x", []);
  const [a, b] = [parameter("a", 1), parameter("b", 2)];
  const updates = minimize(mul(add(a, b), x), { a, b }, sgd({ learningRate: 0.5 }));
  const { inputs } = splitUpdates(updates);
  expect(Object.keys(inputs)).toEqual(["a", "b"]);
  const greedy = minimize(mul(square(a), x), { a }, sgd({ learningRate: x }));
  expect(() => splitUpdates(greedy)).toThrow(GraphError);
});
