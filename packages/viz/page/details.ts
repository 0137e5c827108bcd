import type { MarkData } from "../src/html/page-data.ts";
import { say } from "../src/html/words.ts";
import { type Content, element, isolated } from "./elements.ts";
import { showNumber } from "./numbers.ts";
import { words } from "./words.ts";

/** What a mark is, for a screen reader. */
export function spoken({ label, role, op, shape, time }: MarkData): string {
  const kind = op && op !== label ? `${role} ${op}` : role;
  return [label, kind, shape && `${words().facts.shape} ${shape}`, time].filter(Boolean).join(", ");
}

/** Lines for the pointer. */
export function hint(mark: MarkData): Content[] {
  const { label, role, shape, dtype, equation, values, gradient, source } = mark;
  const type = [role, shape, dtype].filter(Boolean).join(" · ");
  const lines: Content[] = [
    element("strong", {}, isolated(label)),
    element("span", { class: "faint" }, type),
  ];
  if (equation) lines.push(element("code", {}, isolated(equation)));
  if (values?.min !== undefined) {
    const { min, mean, max } = values;
    const numbers = { min: showNumber(min), mean: showNumber(mean!), max: showNumber(max!) };
    lines.push(element("span", {}, say(words().facts.range, numbers)));
  }
  if (values && values.bad > 0)
    lines.push(element("span", { class: "bad" }, say(words().facts.bad, { n: values.bad })));
  if (gradient !== undefined) lines.push(element("span", {}, `‖∂L/∂·‖ = ${showNumber(gradient)}`));
  if (source) lines.push(element("span", { class: "faint" }, isolated(source)));
  return lines;
}

/** All that is known of a mark, as a list of terms. */
export function facts(mark: MarkData): HTMLElement {
  const list = element("dl");
  const add = (term: string, content: Content | undefined): void => {
    if (content !== undefined) list.append(element("dt", {}, term), element("dd", {}, content));
  };
  const code = (text: string | undefined): Content | undefined =>
    text === undefined ? undefined : element("code", {}, isolated(text));
  const names = words().facts;
  add(names.name, mark.name && isolated(mark.name));
  add(names.op, code(mark.op));
  add(names.rule, code(mark.rule));
  add(names.shape, code(mark.shape));
  add(names.dtype, code(mark.dtype));
  add(names.time, mark.time);
  add(names.region, mark.scope && isolated(mark.scope));
  add(names.source, code(mark.source));
  const { values, gradient } = mark;
  if (values) {
    const { min, mean, max, norm, bad, count } = values;
    if (min !== undefined) {
      add(names.min, showNumber(min));
      add(names.mean, showNumber(mean!));
      add(names.max, showNumber(max!));
    }
    add(names.norm, showNumber(norm));
    if (bad > 0)
      add(names.notFinite, element("span", { class: "bad" }, say(names.badOf, { n: bad, all: count })));
  }
  if (gradient !== undefined) add("‖∂L/∂·‖", element("strong", {}, showNumber(gradient)));
  return list;
}
