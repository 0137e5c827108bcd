/** Ways to break a gradient rule: from the source of a file to edits of it, one mistake each. */
import ts from "typescript";

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Mutant {
  /** Below packages/core/src. */
  readonly file: string;
  readonly line: number;
  /** What was done. */
  readonly kind: string;
  readonly before: string;
  readonly after: string;
  readonly edits: readonly Edit[];
}

/** Graph functions whose result has the type of their first operand, or near it: leaving them out is a mistake. */
const WRAPPERS = new Set(
  "neg square exp log sqrt sin cos sigmoid sign flip cumsum transpose reshape broadcastTo cast sum sumTo flipLast spread".split(
    " ",
  ),
);

const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  add: ["mul"],
  mul: ["add"],
  sub: ["add"],
  div: ["mul"],
  sin: ["cos"],
  cos: ["sin"],
  greater: ["greaterEqual", "less"],
  less: ["lessEqual", "greater"],
  equal: ["notEqual"],
};

/** Two-operand functions that are not symmetric. */
const ORDERED = new Set(["sub", "div", "pow", "matmul"]);

const OPERATORS = new Map<ts.SyntaxKind, readonly string[]>([
  [ts.SyntaxKind.PlusToken, ["-"]],
  [ts.SyntaxKind.MinusToken, ["+"]],
  [ts.SyntaxKind.AsteriskToken, ["+"]],
  [ts.SyntaxKind.SlashToken, ["*"]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ["!=="]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ["==="]],
  [ts.SyntaxKind.LessThanToken, ["<=", ">="]],
  [ts.SyntaxKind.GreaterThanToken, [">=", "<="]],
  [ts.SyntaxKind.LessThanEqualsToken, ["<", ">"]],
  [ts.SyntaxKind.GreaterThanEqualsToken, [">", "<"]],
  [ts.SyntaxKind.AmpersandAmpersandToken, ["||"]],
  [ts.SyntaxKind.BarBarToken, ["&&"]],
]);

/** Methods that may be left out, and those that have an opposite. */
const LEFT_OUT = new Set(["filter", "slice", "reverse", "concat"]);
const OPPOSITE: Readonly<Record<string, string>> = { every: "some", some: "every" };

/** Replaces a node, or a place between nodes. */
type Report = (
  kind: string,
  at: ts.Node | readonly [number, number],
  text: string,
  more?: readonly Edit[],
) => void;

/** What of a file is broken: its rules and the helpers they call, or all of it; functions by name beside its rules. */
export type Scope = "rules" | "whole" | readonly string[];

/** A gradient rule: the names it gives to tensors and attributes. */
interface Rule {
  readonly node: ts.SignatureDeclaration;
  readonly tensors: readonly string[];
  readonly attributes: readonly string[];
  /** Makes up the parameters that the rule leaves out, so that their names can be used. */
  readonly extra: readonly Edit[];
}

/** Every mutant of a file: of its rules and their helpers, or of the whole file. */
export function mutantsOf(file: string, source: string, scope: Scope): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const mutants = new Map<string, Mutant>();
  const report: Report = (kind, at, text, more = []) => {
    const [start, end] = "kind" in at ? [at.getStart(tree), at.end] : at;
    const before = source.slice(start, end);
    if (before === text) return;
    const edits = [{ start, end, text }, ...more];
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    const key = applyEdits(source, edits);
    if (!mutants.has(key)) mutants.set(key, { file, line, kind, before, after: text, edits });
  };
  if (scope === "whole") visit(tree, undefined, report);
  else {
    for (const rule of rulesOf(tree)) {
      if (ts.isStringLiteral(rule)) report("a gradient where there is none", rule, "(g) => [g]");
      else {
        const names = readRule(rule);
        if (names) mutateList(rule, names, report);
        visit(rule, names, report);
      }
    }
    for (const rule of otherRulesOf(tree)) visit(rule, undefined, report);
    for (const helper of helpersOf(tree, scope === "rules" ? [] : scope)) visit(helper, undefined, report);
  }
  return [...mutants.values()].sort((a, b) => a.line - b.line);
}

export const applyEdits = (source: string, edits: readonly Edit[]): string =>
  [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), source);

type RuleNode = ts.ArrowFunction | ts.MethodDeclaration | ts.StringLiteral;

/** Functions whose second argument is a gradient rule. */
const TAKE_RULES = new Set(["customGradient", "severalResults"]);

function rulesOf(tree: ts.SourceFile): RuleNode[] {
  const found: RuleNode[] = [];
  const walk = (node: ts.Node): void => {
    const named =
      (ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node)) && node.name.getText() === "vjp";
    if (named && ts.isMethodDeclaration(node)) found.push(node);
    if (named && ts.isPropertyAssignment(node)) {
      const { initializer } = node;
      if (ts.isArrowFunction(initializer) || ts.isStringLiteral(initializer)) found.push(initializer);
    }
    if (ts.isCallExpression(node) && TAKE_RULES.has(node.expression.getText())) {
      const [, rule] = node.arguments;
      if (rule && ts.isArrowFunction(rule)) found.push(rule);
    }
    ts.forEachChild(node, walk);
  };
  walk(tree);
  return found;
}

/** What computes all examples of a `vmap` at once, functions and other attributes; gradients of records of any number of results. */
function otherRulesOf(tree: ts.SourceFile): ts.Node[] {
  const found: ts.Node[] = [];
  const walk = (node: ts.Node): void => {
    const named = ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node);
    if (named && ["batch", "pull"].includes(node.name.getText()))
      found.push(ts.isPropertyAssignment(node) ? node.initializer : node);
    ts.forEachChild(node, walk);
  };
  walk(tree);
  return found;
}

/** Functions of the file, not exported, that its rules call, and those that are named. */
function helpersOf(tree: ts.SourceFile, named: readonly string[]): ts.Node[] {
  const declared = new Map<string, ts.Node>();
  const used = new Set<ts.Node>();
  const declare = (name: string, helper: ts.Node, isExported: boolean): void => {
    if (named.includes(name)) used.add(helper);
    if (!isExported) declared.set(name, helper);
  };
  for (const statement of tree.statements) {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (ts.isFunctionDeclaration(statement) && statement.name)
      declare(statement.name.text, statement, isExported);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer && ts.isArrowFunction(initializer)) declare(name.getText(), initializer, isExported);
  }
  const walk = (node: ts.Node): void => {
    const helper = ts.isIdentifier(node) ? declared.get(node.text) : undefined;
    if (helper && !used.has(helper)) {
      used.add(helper);
      walk(helper);
    }
    ts.forEachChild(node, walk);
  };
  for (const rule of [...rulesOf(tree), ...otherRulesOf(tree)]) if (!ts.isStringLiteral(rule)) walk(rule);
  return [...used];
}

const isUnused = (name: string): boolean => /^_+$/.test(name);

function readRule(node: ts.SignatureDeclaration): Rule | undefined {
  const [g, result, operands, attributes] = node.parameters;
  const end = node.parameters.at(-1)?.end;
  if (!g || end === undefined) return undefined;
  const extra: Edit[] = [];
  if (!result) extra.push({ start: end, end, text: ", $y, [$x0, $x1]" });
  else if (!operands) extra.push({ start: end, end, text: ", [$x0, $x1]" });
  const pattern = attributes && ts.isObjectBindingPattern(attributes.name) ? attributes.name.elements : [];
  const taken = pattern.filter(({ dotDotDotToken }) => !dotDotDotToken).map(({ name }) => name.getText());
  return {
    node,
    tensors: [
      ...(ts.isArrayBindingPattern(g.name) ? namesIn(g) : []),
      ...(result ? namesIn(result) : ["$y"]),
      ...(operands ? namesIn(operands) : ["$x0"]),
    ],
    attributes: taken.filter((name) => !isUnused(name)),
    extra,
  };
}

/** The tensors of a parameter, which is one, or a list of them. */
function namesIn({ name }: ts.ParameterDeclaration): string[] {
  if (!ts.isArrayBindingPattern(name)) return ts.isIdentifier(name) ? [name.text] : [];
  return name.elements.flatMap((element) =>
    ts.isBindingElement(element) && !element.dotDotDotToken ? [element.name.getText()] : [],
  );
}

/** The list of gradients that a rule returns: one dropped, negated, or two swapped. */
function mutateList(rule: ts.ArrowFunction | ts.MethodDeclaration, _: Rule, report: Report): void {
  const lists: ts.ArrayLiteralExpression[] = [];
  const find = (node: ts.Node): void => {
    const returned =
      ts.isReturnStatement(node.parent) || (ts.isArrowFunction(node.parent) && node.parent === rule);
    if (ts.isArrayLiteralExpression(node) && returned) lists.push(node);
    ts.forEachChild(node, find);
  };
  if (rule.body) find(rule.body);
  for (const { elements } of lists) {
    const given = elements.filter((element) => element.kind !== ts.SyntaxKind.NullKeyword);
    for (const element of given) {
      if (ts.isSpreadElement(element)) continue;
      report("a gradient dropped", element, "null");
      report("a gradient negated", element, `$neg(${element.getText()})`);
    }
    elements.forEach((a, i) => {
      for (const b of elements.slice(i + 1)) {
        const [from, to] = [a.getText(), b.getText()];
        if (from !== to)
          report("two gradients swapped", a, to, [{ start: b.getStart(), end: b.end, text: from }]);
      }
    });
  }
}

function visit(node: ts.Node, rule: Rule | undefined, report: Report): void {
  // What is thrown and what is typed is no rule.
  if (ts.isThrowStatement(node) || ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
  if (ts.isVariableDeclaration(node) && node.name.getText() === "problem") return;
  if (ts.isTemplateExpression(node)) return;
  if (ts.isCallExpression(node)) mutateCall(node, report);
  if (rule && ts.isIdentifier(node)) mutateName(node, rule, report);
  if (ts.isNumericLiteral(node)) mutateNumber(node, report);
  if (ts.isBinaryExpression(node)) mutateBinary(node, report);
  if (ts.isPrefixUnaryExpression(node)) mutatePrefix(node, report);
  if (ts.isConditionalExpression(node)) {
    report("one branch always", node, `(${node.whenTrue.getText()})`);
    report("one branch always", node, `(${node.whenFalse.getText()})`);
  }
  if (ts.isIfStatement(node)) {
    report("a condition always true", node.expression, "true");
    report("a condition never true", node.expression, "false");
  }
  if (ts.isExpressionStatement(node)) report("a step left out", node, ";");
  if (ts.isArrayLiteralExpression(node) && !rule) {
    for (const element of node.elements) report("an element left out", spanWithComma(node, element), "");
  }
  ts.forEachChild(node, (child) => visit(child, rule, report));
}

/** An element of a list with the comma that goes with it. */
function spanWithComma(list: ts.ArrayLiteralExpression, element: ts.Expression): readonly [number, number] {
  const i = list.elements.indexOf(element);
  const next = list.elements[i + 1];
  if (next) return [element.getStart(), next.getStart()];
  const previous = list.elements[i - 1];
  return [previous ? previous.end : element.getStart(), element.end];
}

function mutateCall(node: ts.CallExpression, report: Report): void {
  const { expression, arguments: args } = node;
  const texts = args.map((argument) => argument.getText());
  if (ts.isPropertyAccessExpression(expression)) {
    const method = expression.name.text;
    if (LEFT_OUT.has(method)) report(`.${method} left out`, node, expression.expression.getText());
    const opposite = OPPOSITE[method];
    if (opposite) report(`.${method} → .${opposite}`, expression.name, opposite);
    return;
  }
  const name = expression.getText();
  for (const other of INSTEAD[name] ?? []) report(`${name} → ${other}`, expression, `$ops.${other}`);
  if (WRAPPERS.has(name)) report(`${name} left out`, node, texts[0]!);
  if (ORDERED.has(name)) report(`${name} of swapped operands`, node, `${name}(${texts[1]}, ${texts[0]})`);
  if (name === "where")
    report("where of swapped branches", node, `where(${texts[0]}, ${texts[2]}, ${texts[1]})`);
  if (name === "add" || name === "mul") {
    texts.forEach((_, i) => {
      const rest = texts.filter((_, k) => k !== i);
      report(
        `an operand of ${name} left out`,
        node,
        rest.length === 1 ? rest[0]! : `${name}(${rest.join(", ")})`,
      );
    });
  }
}

/** A tensor or an attribute taken for another. */
function mutateName(
  node: ts.Identifier,
  { node: rule, tensors, attributes, extra }: Rule,
  report: Report,
): void {
  const isDeclared = rule.parameters.some(
    (parameter) => node.pos >= parameter.pos && node.end <= parameter.end,
  );
  const { parent } = node;
  const isProperty = ts.isPropertyAccessExpression(parent) && parent.name === node;
  const isKey = ts.isPropertyAssignment(parent) && parent.name === node;
  if (isDeclared || isProperty || isKey) return;
  const short = ts.isShorthandPropertyAssignment(parent) ? `${node.text}: ` : "";
  const shapeOnly = ts.isPropertyAccessExpression(parent) && parent.name.text === "dtype";
  if (tensors.includes(node.text) && !shapeOnly)
    for (const other of tensors)
      if (other !== node.text) report(`${node.text} → ${other}`, node, short + other, extra);
  if (attributes.includes(node.text))
    for (const other of attributes)
      if (other !== node.text) report(`${node.text} → ${other}`, node, short + other);
}

function mutateNumber(node: ts.NumericLiteral, report: Report): void {
  const value = Number(node.text);
  report("another constant", node, String(value + 1));
  if (value !== 0 && !ts.isPrefixUnaryExpression(node.parent))
    report("another constant", node, `-${node.text}`);
}

function mutateBinary(node: ts.BinaryExpression, report: Report): void {
  const { left, right, operatorToken } = node;
  for (const other of OPERATORS.get(operatorToken.kind) ?? [])
    report(`${operatorToken.getText()} → ${other}`, operatorToken, other);
  const isLogical = [
    ts.SyntaxKind.QuestionQuestionToken,
    ts.SyntaxKind.AmpersandAmpersandToken,
    ts.SyntaxKind.BarBarToken,
  ].includes(operatorToken.kind);
  if (!isLogical) return;
  report("one side alone", node, left.getText());
  report("one side alone", node, right.getText());
}

function mutatePrefix({ operator, operand, ...node }: ts.PrefixUnaryExpression, report: Report): void {
  const self = { operator, operand, ...node } as ts.PrefixUnaryExpression;
  const start = operand.getStart() - 1;
  if (operator === ts.SyntaxKind.ExclamationToken) report("! left out", [start, self.end], operand.getText());
  if (operator === ts.SyntaxKind.MinusToken) report("- left out", [start, self.end], operand.getText());
}
