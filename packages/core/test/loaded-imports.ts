/** Code of documents as the body of an async function. */
import ts from "typescript";

export const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...scope: unknown[]) => Promise<void>;

/** An import as a call of `$load`. */
export function loading({ importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  if (importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return "";
  const bindings = importClause?.namedBindings;
  const load = `await $load(${moduleSpecifier.getText()});`;
  if (importClause?.name) return `const { default: ${importClause.name.text} } = ${load}`;
  if (!bindings) return load;
  if (ts.isNamespaceImport(bindings)) return `const ${bindings.name.text} = ${load}`;
  const names = bindings.elements
    .filter((element) => !element.isTypeOnly)
    .map(({ name, propertyName }) => (propertyName ? `${propertyName.text}: ${name.text}` : name.text));
  return `const { ${names.join(", ")} } = ${load}`;
}
