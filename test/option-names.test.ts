/** Every exported function, constructor and method that takes options refuses a name it does not know, by its own name. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { compile, parameter } from "@org/core";
import { RandomGraph } from "@org/core/testing";
import * as nn from "@org/nn";
import ts from "typescript";
import { expect, test } from "vitest";

const packages = join(import.meta.dirname, "../packages");
const entries = {
  "core/src/index.ts": () => import("@org/core"),
  "core/src/testing/index.ts": () => import("@org/core/testing"),
  "nn/src/index.ts": () => import("@org/nn"),
  "optim/src/index.ts": () => import("@org/optim"),
  "optim/src/node/index.ts": () => import("@org/optim/node"),
  "export/src/index.ts": () => import("@org/export"),
  "viz/src/index.ts": () => import("@org/viz"),
  "viz/src/node/index.ts": () => import("@org/viz/node"),
};

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext, true);

type Exports = Readonly<Record<string, unknown>>;

/** What a file exports, as declared: the declaration, and the value of that name. */
function* declarations(file: string, values: Exports, prefix = ""): Generator<[string, ts.Node, unknown]> {
  const source = parse(file);
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || !statement.moduleSpecifier) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    if (!from.startsWith(".")) continue; // another package's, whose own entry has it
    const inner = join(dirname(file), from);
    const clause = statement.exportClause!;
    if (ts.isNamespaceExport(clause)) {
      yield* declarations(inner, values[clause.name.text] as Exports, `${clause.name.text}.`);
      continue;
    }
    const declared = parse(inner).statements;
    for (const { name, isTypeOnly } of clause.elements) {
      if (isTypeOnly) continue;
      const declaration = declared.find((each) =>
        ts.isVariableStatement(each)
          ? each.declarationList.declarations.some((one) => one.name.getText() === name.text)
          : (ts.isFunctionDeclaration(each) || ts.isClassDeclaration(each)) && each.name?.text === name.text,
      );
      if (declaration) yield [prefix + name.text, declaration, values[name.text]];
      else yield* reexported(inner, name.text, values, prefix);
    }
  }
}

/** A name that a file has from another one. */
function* reexported(
  file: string,
  name: string,
  values: Exports,
  prefix: string,
): Generator<[string, ts.Node, unknown]> {
  for (const found of declarations(file, values, prefix)) if (found[0] === prefix + name) yield found;
}

/** Where among the parameters options are: a record that is taken apart, or of a type for options. */
function placeOfOptions({ parameters }: ts.SignatureDeclarationBase): number | undefined {
  const at = parameters.findIndex(({ name, type }) => {
    const text = type?.getText() ?? "";
    const literal = type && ts.isTypeLiteralNode(type);
    return literal || name.getText() === "options" || /\b\w*(Options?|Variant)\b(<|$| &)/.test(text);
  });
  return at < 0 ? undefined : at;
}

/** Records that are no options: what was found, where an error stands. */
const RECORDS = new Set(["CheckpointError", "TrainingError", "checkOptionNames"]);

const stack = new nn.RecurrentStack([new nn.RNNCell({ inputSize: 1, hiddenSize: 1, seed: 1 })]);
const cell = { inputSize: 1, hiddenSize: 1, seed: 1 };
/** Of classes whose methods take options. */
const instances: Readonly<Record<string, object>> = {
  RecurrentStack: stack,
  RNN: new nn.RNN(cell),
  RandomGraph: Object.create(RandomGraph.prototype) as object,
  Dropout: new nn.Dropout({ rate: 0.5 }),
  Sequential: new nn.Sequential([]),
  AdditiveAttention: new nn.AdditiveAttention({ querySize: 1, keySize: 1, hiddenSize: 1, seed: 1 }),
};

type Call = (options: object) => unknown;
const calls = new Map<string, Call>();

/** Nothing is where other operands are: names are looked at first. */
const before = (count: number): undefined[] => new Array<undefined>(count).fill(undefined);

for (const [path, load] of Object.entries(entries)) {
  for (const [name, declaration, value] of declarations(join(packages, path), await load())) {
    if (RECORDS.has(name)) continue;
    const add = (key: string, signature: ts.SignatureDeclarationBase, call: (...all: never[]) => unknown) => {
      const at = placeOfOptions(signature);
      if (at !== undefined) calls.set(`${path}: ${key}`, (o) => call(...([...before(at), o] as never[])));
    };
    if (ts.isFunctionDeclaration(declaration)) add(name, declaration, value as never);
    if (ts.isVariableStatement(declaration)) {
      const { initializer } = declaration.declarationList.declarations[0]!;
      if (initializer && ts.isArrowFunction(initializer)) add(name, initializer, value as never);
    }
    if (!ts.isClassDeclaration(declaration)) continue;
    const Class = value as new (...all: never[]) => object;
    for (const member of declaration.members) {
      if (ts.isConstructorDeclaration(member)) add(name, member, (...all) => new Class(...all));
      if (!ts.isMethodDeclaration(member) || !ts.isIdentifier(member.name)) continue;
      const method = member.name.text;
      const isStatic = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
      add(`${name}.${method}`, member, (...all) => {
        const owner = (isStatic ? Class : instances[name]) as Record<string, (...all: never[]) => unknown>;
        if (!owner) throw new Error(`${name} needs an instance here: its ${method} takes options`);
        return owner[method]!(...all);
      });
    }
  }
}

/** The names that are as near as the one that was meant: `beta` is the beginning of two. */
const alike = (meant: string, given: string, names: readonly string[]): string[] =>
  names.filter(
    (name) =>
      name === meant || (name.length === meant.length && name.toLowerCase().includes(given.toLowerCase())),
  );

const messageOf = async (call: Call, options: object): Promise<string> => {
  try {
    await call(options);
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

test("functions with options were found in every entry", () => {
  expect(calls.size).toBeGreaterThan(140);
  for (const path of Object.keys(entries))
    expect([...calls.keys()].some((key) => key.startsWith(path))).toBe(true);
});

test.each([...calls.keys()])("%s", async (key) => {
  const call = calls.get(key)!;
  const own = /: (?:init\.)?(\w+)/.exec(key)![1]!;
  const message = await messageOf(call, { "no such option": 1 });
  expect(message).toMatch(new RegExp(`^${own}: no option is called "no such option"\n  rule: options: `));
  const names = /options: (.*)$/m.exec(message)![1]!.split(", ");
  // One letter left out, or words in the manner of Python: the name itself is the nearest.
  for (const meant of names) {
    const [typo, snake] = [
      meant.slice(0, -1),
      meant.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    ];
    for (const given of [typo, snake])
      if (!names.includes(given) && given.length > 3)
        expect(alike(meant, given, names)).toContain(
          /did you mean (\w+)/.exec(await messageOf(call, { [given]: 1 }))?.[1],
        );
  }
  // An axis is taken without a record where a function has no other option.
  for (const wrong of own === "squeeze" ? [null, "1", true] : [null, 1, [1]])
    expect(await messageOf(call, wrong as never)).toContain(`${own}: expected options as a record`);
});

test("options of compiled calls, of rewrites and of a checkpoint", async () => {
  const w = parameter("w", 1);
  const step = compile({ outputs: w });
  expect(() => step({}, { intoo: [] } as never)).toThrow(
    'executable: no option is called "intoo"\n  rule: options: into\n  hint: did you mean into?',
  );
  expect(() => compile({ outputs: w, rewrites: { sinkProduct: false } as never })).toThrow(
    /compile: no option is called "sinkProduct"(.|\n)*did you mean sinkProducts\?/,
  );
  const { train } = await import("@org/optim");
  const checkpoint = { store: {}, state: {}, resum: false } as never;
  await expect(
    Promise.resolve().then(() => train({ step: () => ({ loss: 1 }), data: [], checkpoint })),
  ).rejects.toThrow(/train: no option is called "resum"(.|\n)*did you mean resume\?/);
});
