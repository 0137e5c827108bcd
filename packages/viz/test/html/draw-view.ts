import { english } from "../../src/html/english.ts";
import { foldView, type Shown } from "../../src/html/fold-view.ts";
import type { View } from "../../src/html/page-data.ts";
import { writeStrip } from "../../src/html/step-strip.ts";
import { layOutView, rememberLayouts, writeHeadings } from "../../src/html/view-scene.ts";
import { writeSvg } from "../../src/svg.ts";
import { themeOf } from "../../src/theme.ts";

const layPanel = rememberLayouts();

/** The SVG text of a view, as the page draws it. */
export function drawView(view: View, shown: Shown = { folded: new Set() }): string {
  const { scene, strips, headings } = layOutView(view, foldView(view, shown), layPanel, "d2l");
  const { colours } = themeOf({});
  const above = [
    ...writeHeadings(headings, colours),
    ...strips.flatMap((strip) => writeStrip(strip, colours, english.legend.norms)),
  ];
  return writeSvg(scene, { above });
}
