import { countOf } from "../src/html/words.ts";
import { hint } from "./details.ts";
import { byId, type Content, element, isolated } from "./elements.ts";
import type { Picture } from "./picture.ts";
import { words } from "./words.ts";

const AWAY = 14;

/** Where marks are found, and where they are. */
export interface TooltipActions {
  readonly picture: () => Picture;
  readonly idAt: (event: Event) => string | undefined;
  /** Brings a mark into sight; its lower right corner in the window. */
  readonly reveal: (id: string) => { readonly right: number; readonly bottom: number } | undefined;
}

/** Shows what a mark is beside the pointer, or beside the mark that has the keyboard. */
export function followMarks(stage: HTMLElement, { picture, idAt, reveal }: TooltipActions): () => void {
  const tooltip = byId("tooltip");
  const hide = (): void => {
    tooltip.hidden = true;
  };
  const lines = (id: string): Content[] => {
    const { view, find, membersOf } = bound(picture());
    const { mark, box } = find(id);
    if (mark !== undefined) return hint(view.marks[mark]!);
    const { name, title } = view.groups[box!]!;
    const more = [title, countOf(membersOf(box!).length, words().mark), words().panel.unfold]
      .filter(Boolean)
      .join(" · ");
    return [element("strong", {}, isolated(name)), element("span", { class: "faint" }, more)];
  };
  const show = (id: string, x: number, y: number): void => {
    tooltip.replaceChildren(...lines(id));
    tooltip.hidden = false;
    const { width, height } = tooltip.getBoundingClientRect();
    const [right, bottom] = [document.documentElement.clientWidth, document.documentElement.clientHeight];
    const left = x + AWAY + width > right ? x - AWAY - width : x + AWAY;
    const top = y + AWAY + height > bottom ? y - AWAY - height : y + AWAY;
    tooltip.style.left = `${Math.max(4, left)}px`;
    tooltip.style.top = `${Math.max(4, top)}px`;
  };
  stage.addEventListener("pointermove", (event) => {
    const id = event.buttons === 0 ? idAt(event) : undefined;
    if (id === undefined) hide();
    else show(id, event.clientX, event.clientY);
  });
  stage.addEventListener("pointerleave", hide);
  stage.addEventListener("pointerdown", hide);
  stage.addEventListener("focusin", (event) => {
    const id = idAt(event);
    if (id === undefined || !(event.target as Element).matches(":focus-visible")) return;
    const corner = reveal(id);
    if (corner) show(id, corner.right - AWAY, corner.bottom - AWAY);
  });
  stage.addEventListener("focusout", hide);
  return hide;
}

const bound = (picture: Picture) => ({
  view: picture.view,
  find: (id: string) => picture.find(id),
  membersOf: (group: number) => picture.membersOf(group),
});
