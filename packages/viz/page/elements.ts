/** A text node's content, or an element. */
export type Content = string | Node;

/** An element with attributes and children; text stays text, whatever is in it. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A button with what it does. */
export function button(
  attributes: Readonly<Record<string, string>>,
  content: Content,
  act: (event: MouseEvent) => void,
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, content);
  made.addEventListener("click", act);
  return made;
}

/** An element that the page is known to have. */
export const byId = <T extends Element = HTMLElement>(id: string): T =>
  document.getElementById(id) as unknown as T;

/** Text whose direction does not reach what stands around it. */
export const isolated = (text: string): HTMLElement => element("bdi", {}, text);
