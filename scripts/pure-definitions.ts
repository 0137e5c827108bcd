/**
 * Tells bundlers what holds for every module of the library: that nothing runs when it is loaded but definitions. Calls
 * that make values at module level are marked pure, and what else an engine might be watched doing there (reading a
 * property, spreading an object) is wrapped into such a call, so that a definition nobody uses is left out.
 */
import MagicString, { type SourceMap } from "magic-string";
import ts from "typescript";

const PURE = "/* @__PURE__ */ ";

interface BuildPlugin {
  readonly name: string;
  transform(code: string, id: string): { code: string; map: SourceMap } | undefined;
}

/** The plugin of the build. It sees sources, before types are taken away. */
export const pureDefinitions = (): BuildPlugin => ({
  name: "pure-definitions",
  transform(code, id) {
    if (!id.endsWith(".ts") || id.endsWith(".d.ts")) return undefined;
    const edited = markPure(code);
    return edited && { code: edited.toString(), map: edited.generateMap({ source: id, hires: true }) };
  },
});

/** A source with its definitions marked; undefined where there is nothing to mark. */
export function markPure(code: string): MagicString | undefined {
  const source = ts.createSourceFile("source.ts", code, ts.ScriptTarget.Latest, true);
  const edited = new MagicString(code);
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { initializer } of statement.declarationList.declarations) {
      if (initializer) markValue(initializer, edited);
    }
  }
  return edited.hasChanged() ? edited : undefined;
}

function markValue(value: ts.Expression, edited: MagicString): void {
  const calls: ts.Node[] = [];
  let watched = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return;
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) calls.push(node);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) watched = true;
    if (ts.isSpreadAssignment(node) || ts.isSpreadElement(node)) watched = true;
    if (ts.isTemplateExpression(node)) watched = true; // makes text of what it is given
    // Behind a division sign, some minifiers would print the mark as a comment to the end of the line.
    if (ts.isBinaryExpression(node)) watched = true;
    ts.forEachChild(node, visit);
  };
  visit(value);
  if (watched) {
    // A function expression: arrows are inlined by the build, and the mark is lost.
    edited.prependLeft(value.getStart(), `${PURE}(function () { return (`);
    edited.appendRight(value.getEnd(), "); })()");
  } else for (const call of calls) edited.appendLeft(call.getStart(), PURE);
}
