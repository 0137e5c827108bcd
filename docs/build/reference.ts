/** Writes the reference of all entries as Markdown, and the list of its pages. Fails where an export has no docstring. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  Application,
  type CommentDisplayPart,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  StructureRouter,
  type TranslatedString,
} from "typedoc";
import { out, reference, root } from "./places.ts";

/** Entries of all packages, by the names that programs import: whatever a package exports is in the reference. */
const entries: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(join(root, "packages"))
    .filter((name) => existsSync(join(root, "packages", name, "package.json")))
    .flatMap((name) => {
      const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
      return Object.entries<string>(manifest.exports).map(([entry, file]) => [
        manifest.name + entry.slice(1),
        join("packages", name, file),
      ]);
    }),
);

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
  entryPoints: Object.values(entries).map((path) => join(root, path)),
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
  validation: { notExported: true, invalidLink: true },
  logLevel: "Warn",
  ...({ hidePageHeader: true, hideBreadcrumbs: true, sanitizeComments: true, expandObjects: true } as object),
});
app.renderer.defineRouter("entries", EntryRouter);
const project = await app.convert();
if (!project) process.exit(1);
const modules = Object.keys(entries).map((name, i) => {
  const path = Object.values(entries)
    [i]!.replace(/^packages\//, "")
    .replace(/(\/index)?\.ts$/, "");
  const module = project.children?.find((child) => child.name === path);
  if (!module) throw new Error(`no module ${path} among ${project.children?.map((child) => child.name)}`);
  module.name = name;
  return module;
});
app.validate(project);
for (const name of modules.flatMap(undocumented))
  app.logger.warn(`${name} has no docstring` as TranslatedString);
setLabelsApart(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error("The reference has faults; it is made of docstrings, which the lines above name.");
  process.exit(1);
}
rmSync(reference, { recursive: true, force: true });
await app.generateOutputs(project);

/** The exports without a docstring, in namespaces too. (TypeDoc's own check asks for methods and properties as well.) */
function undocumented(module: DeclarationReflection): string[] {
  return (module.children ?? []).flatMap((child) => {
    if (child.kindOf(ReflectionKind.Namespace)) return undocumented(child);
    if (child.kindOf(ReflectionKind.Reference)) return [];
    const signatures = child.signatures ?? [];
    const told = child.hasComment() || signatures.some((signature) => signature.hasComment());
    return told ? [] : [child.getFriendlyFullName()];
  });
}

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
