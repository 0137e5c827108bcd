import type { MarkData, PageData, View } from "../../src/html/page-data.ts";

/** What a page holds, read from its text. */
export interface Page {
  readonly html: string;
  readonly data: PageData;
  /** The last view: loops written out. */
  readonly view: View;
  /** The first mark of the last view with a label. */
  mark(label: string): MarkData;
}

export function readPage(html: string): Page {
  const [, json] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html)!;
  const data = JSON.parse(json!) as PageData;
  const view = data.views.at(-1)!;
  const mark = (label: string): MarkData => {
    const found = view.marks.find((one) => one.label === label);
    if (!found) throw new Error(`no ${label} among ${view.marks.map((one) => one.label).join(" ")}`);
    return found;
  };
  return { html, data, view, mark };
}
