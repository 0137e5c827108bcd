/** Writes the reference of all entries as Markdown, and the list of its pages. Fails where an export has no docstring. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  Application,
  type CommentDisplayPart,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  StructureRouter,
} from "typedoc";
import { out, reference, root } from "./places.ts";

/** Entries of the packages, by the names that programs import. */
const entries: Readonly<Record<string, string>> = {
  "@org/core": "core/src/index.ts",
  "@org/core/testing": "core/src/testing/index.ts",
  "@org/nn": "nn/src/index.ts",
  "@org/optim": "optim/src/index.ts",
  "@org/optim/node": "optim/src/node/index.ts",
  "@org/viz": "viz/src/index.ts",
  "@org/viz/node": "viz/src/node/index.ts",
};

/** `core/grad`, `core/classes/Tensor`, `core/types/Op`, `nn/init/uniform`: names that differ only in case lie apart. */
function pathOf(reflection: Reflection): string {
  const { name, parent } = reflection;
  if (parent === undefined) return "index";
  if (parent.isProject()) return `${name.replace("@org/", "").replace("/", "-")}/index`;
  const folder = pathOf(parent).replace(/index$/, "");
  if (reflection.kindOf(ReflectionKind.Namespace)) return `${folder}${name}/index`;
  if (reflection.kindOf(ReflectionKind.Class)) return `${folder}classes/${name}`;
  const isType = reflection.kindOf(ReflectionKind.Interface | ReflectionKind.TypeAlias);
  return isType ? `${folder}types/${name}` : `${folder}${name}`;
}

class EntryRouter extends StructureRouter {
  override extension = ".md";

  protected override getIdealBaseName(reflection: Reflection): string {
    return pathOf(reflection);
  }
}

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: Object.values(entries).map((path) => join(root, "packages", path)),
  tsconfig: join(root, "tsconfig.json"),
  out: reference,
  name: "API",
  readme: "none",
  includeHierarchySummary: false,
  disableSources: true,
  skipErrorChecking: true, // `typecheck` does it
  excludePrivate: true,
  excludeInternal: true,
  hideGenerator: true,
  router: "entries",
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ["Class", "Interface", "Function", "TypeAlias", "Variable", "Namespace"],
  logLevel: "Warn",
  ...({ hidePageHeader: true, hideBreadcrumbs: true, sanitizeComments: true, expandObjects: true } as object),
});
app.renderer.defineRouter("entries", EntryRouter);
const project = await app.convert();
if (!project) process.exit(1);
const modules = Object.keys(entries).map((name, i) => {
  const path = Object.values(entries)[i]!.replace(/(\/index)?\.ts$/, "");
  const module = project.children?.find((child) => child.name === path);
  if (!module) throw new Error(`no module ${path} among ${project.children?.map((child) => child.name)}`);
  module.name = name;
  return module;
});
app.validate(project);
setLabelsApart(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error("The reference has faults; it is made of docstrings, which the lines above name.");
  process.exit(1);
}
rmSync(reference, { recursive: true, force: true });
await app.generateOutputs(project);

/** `Shapes:`, `Gradient:`, `State:` and `Source:` begin a line in a docstring; in Markdown they need a paragraph for that. */
function setLabelsApart(reflection: ProjectReflection): void {
  const apart = (parts: readonly CommentDisplayPart[] = []): void => {
    for (const part of parts)
      if (part.kind === "text")
        part.text = part.text.replace(/(^|\n)(Shapes|Gradient|State|Source):\s+/g, "$1\n**$2.** ");
  };
  for (const { comment } of Object.values(reflection.reflections)) {
    apart(comment?.summary);
    for (const { content } of comment?.blockTags ?? []) apart(content);
  }
}

const place = (child: Reflection): string => `/api/${pathOf(child)}`.replace(/index$/, "");
const groups = modules.map((module) => ({
  text: module.name,
  link: place(module),
  kinds: (module.groups ?? []).map((group) => ({
    text: group.title,
    items: group.children
      .filter((child) => child.kind !== ReflectionKind.Reference)
      .map((child) => ({ text: child.name, link: place(child) })),
  })),
}));
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "reference.json"), JSON.stringify(groups));
