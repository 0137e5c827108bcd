import type { MarkData } from "../src/html/page-data.ts";
import { type Content, element, isolated } from "./elements.ts";
import { showNumber } from "./numbers.ts";

/** What a mark is, for a screen reader. */
export function spoken({ label, role, op, shape, time }: MarkData): string {
  const kind = op && op !== label ? `${role} ${op}` : role;
  return [label, kind, shape && `shape ${shape}`, time].filter(Boolean).join(", ");
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
    lines.push(element("span", {}, `${showNumber(min)} … ${showNumber(max!)}, mean ${showNumber(mean!)}`));
  }
  if (values && values.bad > 0)
    lines.push(element("span", { class: "bad" }, `${values.bad} NaN or infinite`));
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
  add("Name", mark.name && isolated(mark.name));
  add("Op", code(mark.op));
  add("Rule", code(mark.rule));
  add("Shape", code(mark.shape));
  add("Dtype", code(mark.dtype));
  add("Time", mark.time);
  add("Region", mark.scope && isolated(mark.scope));
  add("Source", code(mark.source));
  const { values, gradient } = mark;
  if (values) {
    const { min, mean, max, norm, bad, count } = values;
    if (min !== undefined) {
      add("Min", showNumber(min));
      add("Mean", showNumber(mean!));
      add("Max", showNumber(max!));
    }
    add("Norm", showNumber(norm));
    if (bad > 0) add("Not finite", element("span", { class: "bad" }, `${bad} of ${count}`));
  }
  if (gradient !== undefined) add("‖∂L/∂·‖", element("strong", {}, showNumber(gradient)));
  return list;
}
