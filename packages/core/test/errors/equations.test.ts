import { expect, test } from "vitest";
import { EquationError, input, math } from "../../src/index.ts";

const x = input("x", [2, 2]);
const W = input("W", [2, 2]);

function message(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected an error");
}

test("syntax errors point at the column", () => {
  expect(message(() => math`tanh(${x} @ ${W} + )`)).toMatchInlineSnapshot(`
    "math: expected an operand, found ")"
      tanh(\${x} @ \${W} + )
                         ^ column 20"
  `);
  expect(message(() => math`tanh(${x} @ ${W}`)).toMatchInlineSnapshot(`
    "math: expected ")" for the "(" at column 5, found the end
      tanh(\${x} @ \${W}
                      ^ column 17"
  `);
  expect(message(() => math`${x} ${W}`)).toMatchInlineSnapshot(`
    "math: expected an operator, found "\${W}"
      \${x} \${W}
           ^ column 6"
  `);
  expect(message(() => math`tanh ${x}`)).toMatchInlineSnapshot(`
    "math: expected "(" after tanh, found "\${x}"
      tanh \${x}
           ^ column 6"
  `);
  expect(message(() => math`thna(${x})`)).toMatchInlineSnapshot(`
    "math: no function is called "thna"
      thna(\${x})
      ^ column 1"
  `);
  expect(message(() => math`${x} % 2`)).toMatchInlineSnapshot(`
    "math: unknown symbol "%"
      \${x} % 2
           ^ column 6"
  `);
  expect(message(() => math``)).toMatchInlineSnapshot(`
    "math: expected an operand, found the end
      
      ^ column 1"
  `);
  expect(message(() => math`1 + * 2`)).toMatchInlineSnapshot(`
    "math: expected an operand, found "*"
      1 + * 2
          ^ column 5"
  `);
});

test("the column is a field", () => {
  try {
    math`1 + * 2`;
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(EquationError);
    expect((error as EquationError).column).toBe(5);
    expect((error as EquationError).equation).toBe("1 + * 2");
  }
});
