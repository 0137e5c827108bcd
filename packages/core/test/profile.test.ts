import {
  compile,
  createRuntime,
  grad,
  input,
  matmul,
  NDArray,
  type Profile,
  parameter,
  scan,
  sub,
  sum,
  tanh,
  withScope,
} from "@org/core";
import { expect, test } from "vitest";

const [time, batch, size] = [5, 6, 16];

/** A training step of a small network: a recurrence, a read-out, descent. */
function makeStep(threads = 1) {
  const xs = input("xs", [time, batch, size]);
  const W = parameter(
    "W",
    new NDArray(
      "f32",
      [size, size],
      Float32Array.from({ length: size ** 2 }, (_, i) => Math.sin(i)),
    ),
  );
  const V = parameter(
    "V",
    new NDArray(
      "f32",
      [size, 3],
      Float32Array.from({ length: size * 3 }, (_, i) => Math.cos(i)),
    ),
  );
  const init = new NDArray("f32", [batch, size], new Float32Array(batch * size));
  const { carry } = withScope("memory", () =>
    scan((h, x) => ({ carry: tanh(matmul(sub(h, x), W)) }), { init, xs }),
  );
  const loss = withScope("read-out", () => sum(matmul(carry, V)));
  const [gW, gV] = grad(loss, [W, V]);
  const runtime = createRuntime({ threads });
  const updates = withScope("descent", () => [[W, sub(W, gW)] as const, [V, sub(V, gV)] as const]);
  return { W, V, step: compile({ runtime, inputs: { xs }, outputs: { loss }, updates }), runtime };
}
const feeds = {
  xs: new NDArray("f32", [time, batch, size], new Float32Array(time * batch * size).fill(0.1)),
};

const total = (parts: Profile["layers"], of: "milliseconds" | "flops" | "bytes" | "runs"): number =>
  parts.reduce((sum, part) => sum + part[of], 0);

test.each([1, 2])(
  "a profile says where the time of a call goes, and changes nothing; %i threads",
  (threads) => {
    const { W, V, step, runtime } = makeStep(threads);
    const before = [W, V].map(({ value }) => value.toNested());
    const profile = step.profile(feeds);
    expect([W, V].map(({ value }) => value.toNested())).toEqual(before);

    expect(profile.milliseconds).toBeGreaterThan(0);
    const times = profile.kernels.map(({ milliseconds }) => milliseconds);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const products = profile.kernels.filter(({ name }) => name.startsWith("product"));
    expect(total(products, "flops")).toBe(step.report().flops);
    const recurrent = products.find(
      ({ name, backward }) => name === "product [6, 16] × [16, 16]" && !backward,
    );
    expect(recurrent).toMatchObject({ runs: time, path: ["memory"] });
    // Two factors and a result, in each step.
    expect(recurrent?.bytes).toBe(time * 4 * (2 * batch * size + size * size));

    const names = profile.layers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["memory", "memory, backward", "descent"]));
    expect(profile.lines.map(({ name }) => name).join()).toContain("profile.test.ts");
    for (const of of ["milliseconds", "flops", "bytes", "runs"] as const)
      for (const parts of [profile.layers, profile.lines])
        expect(total(parts, of)).toBeCloseTo(total(profile.kernels, of), 6);

    const table = String(profile).split("\n");
    expect(table[0]).toMatch(
      /^\d+\.\d{3} ms a call; kernels, timed in \d+ calls on one thread: \d+\.\d{3} ms$/,
    );
    expect(table).toEqual(
      expect.arrayContaining([expect.stringMatching(/^product \[6, 16\] × \[16, 16\] +\d/)]),
    );
    const first = step(feeds).loss.item();
    expect(step(feeds).loss.item()).not.toBe(first); // and the step still updates
    runtime.dispose();
  },
);

test("what a profile refuses", () => {
  const { step } = makeStep();
  // @ts-expect-error an input that does not exist
  expect(() => step.profile({ x: feeds.xs })).toThrow('"x"');
  const x = input("x", [2]);
  const runtime = createRuntime({ target: "interpreter" });
  const interpreted = compile({ inputs: { x }, outputs: sum(x), runtime });
  expect(() => interpreted.profile({ x: [1, 2] })).toThrowErrorMatchingInlineSnapshot(`
    [GraphError: profile: the interpreter has no kernels
      hint: compile for a runtime of createRuntime() without a target]
  `);
});
