/** Every public name says what it is. */
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const entries = [
  "core/src/index.ts",
  "core/src/all-ops.ts",
  "core/src/browser/index.ts",
  "core/src/node/index.ts",
  "core/src/testing/index.ts",
  "nn/src/index.ts",
  "optim/src/index.ts",
  "optim/src/node/index.ts",
  "export/src/index.ts",
  "viz/src/index.ts",
];
const files = entries.map((entry) => join(root, "packages", entry));
const config = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile).config as {
  compilerOptions: object;
};
const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();

const resolve = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

const described = (symbol: ts.Symbol): boolean =>
  symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;

/** A docstring of its own; for a record of options, one for each field does as well. */
const documented = (symbol: ts.Symbol): boolean => {
  const target = resolve(symbol);
  if (target.flags & ts.SymbolFlags.ValueModule) return true; // a namespace: its file's own names speak for it
  if (described(target)) return true;
  if (!(target.flags & ts.SymbolFlags.Interface)) return false;
  const members = [...(target.members?.values() ?? [])];
  const fields = members.filter(({ flags }) => !(flags & ts.SymbolFlags.TypeParameter));
  return fields.length > 0 && fields.every(described);
};

test.each(entries.map((entry, i) => [entry, files[i]!] as const))("%s", (_, file) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const names = checker.getExportsOfModule(module);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !documented(name)).map((name) => name.name)).toEqual([]);
});
