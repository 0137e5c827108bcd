/** Every eval against GradBench's own hand-differentiated C++ tool, on small inputs (`golden.py` asked it). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { difference } from "../difference.ts";
import { modules, respond } from "../respond.ts";

interface Case {
  readonly module: string;
  readonly function: string;
  readonly input: unknown;
  readonly output: unknown;
}

interface Hand {
  readonly theta: readonly number[];
  readonly data: { readonly model: { readonly is_mirrored: boolean } };
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/golden.json"), "utf8")) as Case[];

const answer = (module: string, name: string, input: unknown): unknown => {
  const response = respond({ id: 1, kind: "evaluate", module, function: name, input });
  if (!response.success) throw new Error(response.error);
  return response.output;
};

test.each(golden.map((asked, i) => [`${asked.module}::${asked.function}, case ${i}`, asked] as const))(
  "%s is what the C++ tool answers",
  (_, { module, function: name, input, output }) => {
    expect(difference(answer(module, name, input), output)).toBeLessThan(1e-13);
  },
);

test("the C++ tool was asked for every function that it has", () => {
  const has = (module: string): string[] => Object.keys(modules[module]!).map((name) => `${module}::${name}`);
  const asked = new Set(golden.map((one) => `${one.module}::${one.function}`));
  const missing = Object.keys(modules)
    .flatMap(has)
    .filter((name) => !asked.has(name));
  expect(missing.every((name) => /^(particle|saddle)::[fr][fr]$/.test(name))).toBe(true);
});

// What the evals themselves expect; the C++ tool has neither of them.
test.each(["ff", "fr", "rf", "rr"])("particle::%s finds the control that GradBench expects", (name) => {
  expect(difference(answer("particle", name, { w: 0 }), 0.2071918746486116)).toBeLessThan(1e-13);
});

test.each(["ff", "fr", "rf", "rr"])("saddle::%s ends where GradBench expects", (name) => {
  const end = 8.246324826140356e-6;
  expect(difference(answer("saddle", name, { start: [1, 1] }), [end, end, end, end])).toBeLessThan(1e-13);
});

test("ht::jacobian of a mirrored hand is what central differences of the objective say", () => {
  const isMirrored = ({ module, input }: Case): boolean =>
    module === "ht" && (input as Hand).data.model.is_mirrored;
  const input = golden.find(isMirrored)!.input as Hand;
  const errorsAt = (theta: readonly number[]): number[] =>
    answer("ht", "objective", { ...input, theta }) as number[];
  const h = 1e-4;
  const columns = [0, 7, 12].map((place) => {
    const [after, before] = [h, -h].map((by) => errorsAt(input.theta.with(place, input.theta[place]! + by)));
    return after!.map((error, i) => (error - before![i]!) / (2 * h));
  });
  const jacobian = answer("ht", "jacobian", input) as number[][];
  const ours = [0, 7, 12].map((place) => jacobian.map((row) => row[place]!));
  expect(difference(ours, columns)).toBeLessThan(1e-7);
});
