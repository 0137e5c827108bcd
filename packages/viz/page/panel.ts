import { countOf, say } from "../src/html/words.ts";
import { facts } from "./details.ts";
import { button, byId, element, isolated } from "./elements.ts";
import type { Picture } from "./picture.ts";
import type { Path } from "./reach.ts";
import { words } from "./words.ts";

/** What a chosen mark's panel can do. */
export interface PanelActions {
  /** Chooses a mark and brings it into sight. */
  readonly choose: (mark: number) => void;
  readonly close: () => void;
  /** Draws groups as boxes. */
  readonly fold: (groups: readonly number[]) => void;
}

const MOST = 24;

/** Marks as buttons. */
function marksList(picture: Picture, marks: readonly number[], choose: (mark: number) => void): HTMLElement {
  const list = element("ul", { class: "marks" });
  for (const mark of marks.slice(0, MOST)) {
    const { label, kind, op } = picture.view.marks[mark]!;
    const attributes = { class: kind, ...(op && { title: op }) };
    list.append(
      element(
        "li",
        {},
        button(attributes, isolated(label), () => choose(mark)),
      ),
    );
  }
  if (marks.length > MOST)
    list.append(element("li", {}, say(words().panel.andMore, { n: marks.length - MOST })));
  return list;
}

/** Shows a mark, and where two are chosen how they hang together. */
export function showPanel(
  picture: Picture,
  chosen: number,
  second: { readonly mark: number; readonly path: Path | undefined } | undefined,
  actions: PanelActions,
): void {
  const mark = picture.view.marks[chosen]!;
  const panel = byId("panel");
  const said = words().panel;
  const close = button({ class: "close", "aria-label": said.close, title: said.close }, "×", actions.close);
  const head = element("header", {}, element("h2", {}, isolated(mark.label)), close);
  const parts: HTMLElement[] = [head, element("p", { class: "faint" }, mark.role)];
  const link = element("a", { href: `#${mark.id}`, class: "link" }, said.link);
  if (mark.equation) parts.push(element("pre", {}, isolated(mark.equation)));
  if (second) parts.push(pathSection(picture, chosen, second.mark, second.path, actions.choose));
  parts.push(facts(mark), element("p", {}, link));
  const group = picture.groupOf(chosen);
  if (group !== undefined) {
    const { name, title } = picture.view.groups[group]!;
    const alike = picture.alike(group);
    const one = say(title ? said.foldAt : said.foldOne, { name, title });
    const list = element(
      "p",
      { class: "folds" },
      button({ id: "fold-one" }, one, () => actions.fold([group])),
    );
    if (alike.length > 1)
      list.append(
        button({ id: "fold-layer" }, say(said.foldAll, { n: alike.length }), () => actions.fold(alike)),
      );
    parts.push(list);
  }
  const section = (title: string, marks: readonly number[], total: number): void => {
    if (marks.length === 0) return;
    const more =
      total > marks.length ? element("span", { class: "faint" }, say(said.inAll, { n: total })) : "";
    parts.push(element("h3", {}, title, more), marksList(picture, marks, actions.choose));
  };
  section(said.reads, picture.neighbours.inputs[chosen]!, picture.ancestors(chosen).size);
  section(said.readBy, picture.neighbours.readers[chosen]!, picture.descendants(chosen).size);
  if (!second) {
    parts.push(element("p", { class: "faint" }, said.second));
  }
  panel.replaceChildren(...parts);
  panel.hidden = false;
}

/** A sentence with two names put in, as elements. */
const between = (sentence: string, a: HTMLElement, b: HTMLElement): (string | HTMLElement)[] =>
  sentence.split(/(\{[ab]\})/).map((part) => (part === "{a}" ? a : part === "{b}" ? b : part));

function pathSection(
  picture: Picture,
  chosen: number,
  other: number,
  path: Path | undefined,
  choose: (mark: number) => void,
): HTMLElement {
  const name = (mark: number): HTMLElement => isolated(picture.view.marks[mark]!.label);
  if (!path) {
    return element(
      "section",
      { class: "path" },
      element("h3", {}, ...between(words().panel.both, name(chosen), name(other))),
      words().panel.neither,
    );
  }
  const { from, to, between: all, shortest } = path;
  const { panel: said, step, mark } = words();
  return element(
    "section",
    { class: "path" },
    element("h3", {}, ...between(said.depends, name(to), name(from))),
    element(
      "p",
      {},
      say(said.ways, { steps: countOf(shortest.length - 1, step), marks: countOf(all.size, mark) }),
    ),
    marksList(picture, shortest, choose),
  );
}
