import { hint } from "./details.ts";
import { byId } from "./elements.ts";
import type { Picture } from "./picture.ts";

const AWAY = 14;

/** Shows what a mark is beside the pointer, or beside the mark that has the keyboard. */
export function followMarks(stage: HTMLElement, picture: () => Picture): () => void {
  const tooltip = byId("tooltip");
  const hide = (): void => {
    tooltip.hidden = true;
  };
  const show = (mark: number, x: number, y: number): void => {
    tooltip.replaceChildren(...hint(picture().view.marks[mark]!));
    tooltip.hidden = false;
    const { width, height } = tooltip.getBoundingClientRect();
    const [right, bottom] = [document.documentElement.clientWidth, document.documentElement.clientHeight];
    const left = x + AWAY + width > right ? x - AWAY - width : x + AWAY;
    const top = y + AWAY + height > bottom ? y - AWAY - height : y + AWAY;
    tooltip.style.left = `${Math.max(4, left)}px`;
    tooltip.style.top = `${Math.max(4, top)}px`;
  };
  stage.addEventListener("pointermove", (event) => {
    const mark = event.buttons === 0 ? picture().markAt(event) : -1;
    if (mark < 0) hide();
    else show(mark, event.clientX, event.clientY);
  });
  stage.addEventListener("pointerleave", hide);
  stage.addEventListener("pointerdown", hide);
  stage.addEventListener("focusin", (event) => {
    const mark = picture().markAt(event);
    if (mark < 0 || !(event.target as Element).matches(":focus-visible")) return;
    picture().camera.reveal(picture().shapes[mark]!);
    const { right, bottom } = picture().shapes[mark]!.getBoundingClientRect();
    show(mark, right - AWAY, bottom - AWAY);
  });
  stage.addEventListener("focusout", hide);
  return hide;
}
