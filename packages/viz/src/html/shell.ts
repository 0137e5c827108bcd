import { escapeText } from "../svg.ts";
import type { ThemeOptions } from "../theme.ts";
import type { PageData, View } from "./page-data.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./style.ts";

/** JSON that can stand in a script element. */
const embedded = (data: PageData): string => JSON.stringify(data).replace(/</g, "\\u003c");

const words: Readonly<Record<View["name"], string>> = {
  layers: "Layers",
  cells: "Cells",
  rolled: "Rolled",
  unrolled: "Unrolled",
};

/** The whole file: pictures, what is known of their marks, style and script. Nothing is loaded from elsewhere. */
export function writePage(
  data: PageData,
  pictures: readonly string[],
  { preset, dark }: Required<ThemeOptions>,
): string {
  const { shown, note } = data;
  const toggle = data.views.map(
    ({ name }) =>
      `<button type="button" data-view="${name}" aria-pressed="${name === shown}">${words[name]}</button>`,
  );
  const views = data.views.map(
    ({ name }, i) =>
      `<div class="view" id="view-${name}"${name === shown ? "" : " hidden"}>\n${pictures[i]}</div>`,
  );
  const gradients = data.views.some(({ marks }) => marks.some(({ gradient }) => gradient !== undefined));
  const title = escapeText(data.title);
  return `${[
    "<!DOCTYPE html>",
    `<html lang="en"${dark ? ' data-theme="dark"' : ""}>`,
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>\n${pageStyle(preset)}\n</style>`,
    "</head>",
    "<body>",
    '<header class="toolbar">',
    `<h1><bdi>${title}</bdi></h1>`,
    '<div class="search"><input id="search" type="search" placeholder="Search names and ops" aria-label="Search names and ops" autocomplete="off" spellcheck="false"><output id="found" for="search" aria-live="polite"></output></div>',
    ...(toggle.length > 1
      ? [`<div class="group" role="group" aria-label="Detail">${toggle.join("")}</div>`]
      : []),
    ...(data.views.some(({ groups }) => groups.length > 0)
      ? [
          '<div class="group" role="group" aria-label="Fold" id="folds"><button type="button" id="fold" title="Draw every cell and layer as a box">Fold</button><button type="button" id="unfold" title="Draw what is in the boxes again">Unfold</button></div>',
        ]
      : []),
    ...(gradients
      ? [
          '<button type="button" id="colours" aria-pressed="false" title="Colour by the size of the gradient">Gradient size</button>',
        ]
      : []),
    '<div class="group" role="group" aria-label="Zoom"><button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (−)">−</button><button type="button" id="fit" title="The whole picture (0)">Fit</button><button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button></div>',
    '<button type="button" id="theme" aria-label="Light or dark" title="Light or dark">◐</button>',
    "</header>",
    '<main id="stage" aria-label="Compute graph">',
    ...views,
    ...(note === undefined ? [] : [`<p id="note" role="note">${escapeText(note)}</p>`]),
    '<div id="legend" hidden></div>',
    '<div class="keys" aria-hidden="true"><kbd>/</kbd> search · <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom · <kbd>Tab</kbd> <kbd>Enter</kbd> marks · <kbd>c</kbd> <kbd>C</kbd> fold · <kbd>Shift</kbd>-click a second for the ways between</div>',
    "</main>",
    '<aside id="panel" aria-label="Chosen mark" hidden></aside>',
    '<div id="tooltip" aria-hidden="true" hidden></div>',
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>\n${pageScript}</script>`,
    "</body>",
    "</html>",
  ].join("\n")}\n`;
}
