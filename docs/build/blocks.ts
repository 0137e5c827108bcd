/** The blocks of code of a page, as one program whose lines are those of the page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { withClaims } from "../../packages/core/test/claims.ts";
import { docs } from "./places.ts";

interface Block {
  /** The line of its first statement, from 1. */
  readonly line: number;
  readonly code: string;
  /** The name of the picture that its last expression draws. */
  readonly picture: string | undefined;
}

const fence = /^(```+)(\w*)([^\n]*)\n([\s\S]*?)^\1[ \t]*$/gm;

/** Fenced blocks in order: language, what follows it, text, line. */
export function fences(text: string): { language: string; info: string; text: string; line: number }[] {
  return [...text.matchAll(fence)].map((match) => ({
    language: match[2]!,
    info: match[3]!,
    text: match[4]!,
    line: text.slice(0, match.index).split("\n").length + 1,
  }));
}

const scripts = new Set(["ts", "js", "tsx", "jsx", "typescript", "javascript", "mjs"]);

const blocksIn = (text: string): Block[] =>
  fences(text)
    .filter(({ language, info }) => scripts.has(language) && !/\bof=/.test(info)) // not code of other libraries
    .map(({ info, text: code, line }) => ({ line, code, picture: /\bpicture=([\w-]+)/.exec(info)?.[1] }));

/** Imports of one program, each name once. */
class Imports {
  readonly #lines = new Set<string>();

  add(statement: ts.ImportDeclaration): string {
    const { importClause, moduleSpecifier } = statement;
    // Sources of the repository, as pages for contributors name them.
    const from = moduleSpecifier.getText().replace(/^"packages\//, '"../../../packages/');
    if (importClause?.name) this.#lines.add(`import ${importClause.name.text} from ${from};`);
    const bindings = importClause?.namedBindings;
    if (!importClause) this.#lines.add(`import ${from};`);
    else if (bindings && ts.isNamespaceImport(bindings))
      this.#lines.add(`import ${bindings.getText()} from ${from};`);
    else if (bindings && ts.isNamedImports(bindings)) {
      const type = importClause.phaseModifier === ts.SyntaxKind.TypeKeyword ? "type " : "";
      for (const element of bindings.elements)
        this.#lines.add(`import { ${type}${element.getText()} } from ${from};`);
    }
    return "";
  }

  toString(): string {
    return [...this.#lines].join(" ");
  }
}

/**
 * The program of a page, or nothing for a page without code. Imports stand on the first line; each block is in the scope of
 * the one before it; line n is line n of the page.
 */
export function program(page: string): string | undefined {
  const text = readFileSync(join(docs, page), "utf8");
  const blocks = blocksIn(text);
  if (blocks.length === 0) return undefined;
  const imports = new Imports();
  const lines: string[] = new Array(text.split("\n").length).fill("");
  for (const { line, code, picture } of blocks) {
    const body = withClaims(withoutExport(code), line, (statement) => imports.add(statement));
    const written = picture === undefined ? body : withPicture(body, picture);
    written.split("\n").forEach((part, i) => {
      lines[line - 1 + i] += part;
    });
    lines[line - 2] += `$at(${line}); {`;
  }
  lines[0] = `import { $at, $is, $near, $picture, $throws } from "../../build/claimed.ts"; void [$is, $near, $picture, $throws]; ${imports} ${lines[0]}`;
  lines[lines.length - 1] += `${"}".repeat(blocks.length)} $at(0); export {};`;
  return lines.join("\n");
}

/** What a configuration exports is only looked at: a block may not export. */
const withoutExport = (code: string): string => code.replace(/^export default\b/gm, "void");

/** The value of the last expression is the picture. */
function withPicture(code: string, name: string): string {
  const { statements } = ts.createSourceFile("block.ts", code, ts.ScriptTarget.ES2022, true);
  const last = statements.at(-1);
  if (!last || !ts.isExpressionStatement(last))
    throw new Error(`picture=${name}: the block ends in no expression`);
  const { expression } = last;
  return `${code.slice(0, expression.getStart())}$picture("${name}", ${expression.getText()})${code.slice(expression.end)}`;
}
