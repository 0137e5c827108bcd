import { GraphError } from "@org/core";

/**
 * Which parameters: a path, several, or a question asked of each name. A path selects the parameter of that name and
 * all below it, so `"lstm"` selects `lstm.0.W_xi`; `*` stands for any characters within one part (`"*.b_*"`), `**`
 * for any number of parts (`"**.bias"`).
 */
export type Selection = string | readonly string[] | ((name: string) => boolean);

/**
 * The names that are selected.
 * @throws GraphError for no path, an empty path, and a path that selects nothing
 */
export function selected(op: string, selection: Selection, names: readonly string[]): Set<string> {
  if (typeof selection === "function") return nonEmpty(op, "the function", names.filter(selection), names);
  const paths = typeof selection === "string" ? [selection] : selection;
  if (paths.length === 0) {
    throw new GraphError({
      op,
      problem: "expected at least one path, received an empty list",
      hint: `the parameters are ${list(names)}`,
    });
  }
  return new Set(
    paths.flatMap((path) => [...nonEmpty(op, JSON.stringify(path), matching(op, path, names), names)]),
  );
}

function matching(op: string, path: string, names: readonly string[]): string[] {
  const parts = path.split(".");
  if (parts.includes("")) {
    throw new GraphError({
      op,
      problem: `expected a path such as "lstm.0.*", received ${JSON.stringify(path)}`,
      hint: `the parameters are ${list(names)}`,
    });
  }
  const pattern = parts.map((part, i) =>
    part === "**"
      ? i === parts.length - 1
        ? ".+"
        : "(?:[^.]+\\.)*"
      : `${wildcard(part)}${i < parts.length - 1 ? "\\." : ""}`,
  );
  const expression = new RegExp(`^${pattern.join("")}(?:\\..*)?$`);
  return names.filter((name) => expression.test(name));
}

const wildcard = (part: string): string =>
  part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^.]*");

function nonEmpty(op: string, what: string, found: readonly string[], names: readonly string[]): Set<string> {
  if (found.length > 0) return new Set(found);
  throw new GraphError({
    op,
    problem: `${what} selects no parameter`,
    hint: `the parameters are ${list(names)}`,
  });
}

const list = (names: readonly string[]): string => {
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
};
