/** Whose line a stack names, in the formats of all engines, and in bundles. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { firstForeignFrame } from "../../src/graph/own-code.ts";
import { ownCode } from "../../src/index.ts";

/** A frame as V8, Firefox and Safari write it. */
const formats: Readonly<Record<string, (place: string, name?: string) => string>> = {
  V8: (place, name) => (name ? `    at ${name} (${place})` : `    at ${place}`),
  Firefox: (place, name = "") => `${name}@${place}`,
  Safari: (place, name) => (name ? `${name}@${place}` : place),
};

const trace = (stack: string): Error => Object.assign(new Error(), { stack });

/** The folder that holds this package's sources, as stacks name it here. */
const siblings = /^(.*\/)core\/test\//.exec(import.meta.filename.replaceAll("\\", "/"))![1]!;

test.each(Object.keys(formats))("frames of %s: the first one outside of the library", (engine) => {
  const frame = formats[engine]!;
  const places = [
    "https://host/app/@scope/main.js:3:14",
    "blob:http://localhost:5173/6f1c2b-77:1:2718",
    "file:///home/me/my%20project/main.ts:7:1",
    "webpack-internal:///./src/main.js:12:3",
    "/home/me/project (1)/main.cjs:1:9",
    "/home/me/100%/main.cjs:1:9",
    "C:\\me\\main.cjs:5:6",
  ];
  const name = fc.constantFrom(undefined, "f", "Object.run", "async step");
  fc.assert(
    fc.property(fc.constantFrom(...places), name, name, fc.boolean(), (place, inner, outer, asUrl) => {
      const own = [
        "core/src/ops/x.ts",
        "nn/dist/library-a1.js",
        "optim/src/node/index.ts",
        "viz/dist/index.js",
      ];
      const stack = [
        ...(engine === "V8" ? ["Error: what a message says:1:2"] : []),
        ...own.map((path) => frame(`${asUrl ? "file://" : ""}${siblings}${path}:1:2`, inner)),
        ...(engine === "V8" ? ["    at new Promise (<anonymous>)", "    at node:internal/main:1:1"] : []),
        frame(place, outer),
        frame("https://elsewhere/last.js:1:1", inner),
      ];
      expect(firstForeignFrame(stack.join("\n"))).toBe(place);
    }),
  );
});

test("code of a library in a bundle is what lies between its ends, by line and column", () => {
  const bundle = "https://host/bundle-of-all.js";
  const frame = formats.V8!;
  const at = (line: number, column: number): string => frame(`${bundle}:${line}:${column}`, "e");
  ownCode({ begin: trace(at(10, 500)), end: trace(at(20, 70)) });
  ownCode({ begin: trace(at(20, 900)), end: trace(at(20, 990)) });
  const place = fc.tuple(fc.integer({ min: 8, max: 22 }), fc.integer({ min: 1, max: 1000 }));
  const within = ([line, column]: [number, number]): boolean => {
    const position = 10_000 * line + column;
    return (position >= 100_500 && position <= 200_070) || (position >= 200_900 && position <= 200_990);
  };
  fc.assert(
    fc.property(fc.array(place, { minLength: 1 }), (places) => {
      const foreign = places.find((each) => !within(each));
      const expected = foreign && `${bundle}:${foreign[0]}:${foreign[1]}`;
      expect(firstForeignFrame(places.map(([line, column]) => at(line, column)).join("\n"))).toBe(expected);
    }),
  );
  expect(firstForeignFrame(frame("https://host/another.js:15:1"))).toBe("https://host/another.js:15:1");
});
