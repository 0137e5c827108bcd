import { escapeText } from "../svg.ts";
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

const button = (id: string, text: string, title: string, more = ""): string =>
  `<button type="button" id="${id}" title="${title}"${more}>${text}</button>`;

const pressed = (on: boolean): string => ` aria-pressed="${on}"`;

const group = (label: string, content: string, more = ""): string =>
  `<div class="group" role="group" aria-label="${label}"${more}>${content}</div>`;

/** The whole file: what is known of graphs, style and script, which draws them. Nothing is loaded from elsewhere. */
export function writePage(data: PageData, dark: boolean): string {
  const { shown, note, views } = data;
  const has = (test: (mark: View["marks"][number]) => boolean): boolean =>
    views.some(({ marks }) => marks.some(test));
  const details = views.map(
    ({ name }) =>
      `<button type="button" data-view="${name}"${pressed(name === shown)}>${words[name]}</button>`,
  );
  const switches = [
    has(({ kind }) => kind === "parameter")
      ? button("parameters", "Parameters", "Show parameters", pressed(true))
      : "",
    has(({ derived }) => derived === true) || views.some(({ edges }) => edges.some(([, , flags]) => flags))
      ? button(
          "ways",
          "Gradients",
          "Show the ways of gradients, and what differentiation made",
          pressed(true),
        )
      : "",
    has(({ optimizer }) => optimizer === true)
      ? button("optimizer", "Optimizer", "Show the optimizer", pressed(true))
      : "",
  ];
  const measured = has(({ values }) => values !== undefined);
  const title = escapeText(data.title);
  return `${[
    "<!DOCTYPE html>",
    `<html lang="en"${dark ? ' data-theme="dark"' : ""}>`,
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src blob:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    `<style>\n${pageStyle(data.preset)}\n</style>`,
    "</head>",
    "<body>",
    '<header class="toolbar">',
    `<h1><bdi>${title}</bdi></h1>`,
    '<div class="search"><input id="search" type="search" placeholder="Search" title="Search names, regions, ops and shapes (/)" aria-label="Search names, regions, ops and shapes" autocomplete="off" spellcheck="false"><output id="found" for="search" aria-live="polite"></output></div>',
    group(
      "Zoom",
      `<button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (−)">−</button>${button("fit", "Fit", "The whole picture (0)")}<button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button>`,
    ),
    '<button type="button" id="more" aria-label="More" title="More" aria-expanded="false" aria-controls="tools">⋯</button>',
    '<div id="tools">',
    details.length > 1 ? group("Detail", details.join("")) : "",
    views.some(({ groups }) => groups.length > 0)
      ? group(
          "Fold",
          button("fold", "Fold", "Draw every cell, layer and region as a box") +
            button("unfold", "Unfold", "Draw what is in the boxes again"),
          ' id="folds"',
        )
      : "",
    switches.some(Boolean) ? group("Show", switches.join("")) : "",
    has(({ gradient }) => gradient !== undefined)
      ? button("colours", "Gradient size", "Colour by the size of the gradient", pressed(false))
      : "",
    group(
      "Save",
      button("save-svg", "SVG", "Save this view as SVG") + button("save-png", "PNG", "Save this view as PNG"),
    ),
    '<button type="button" id="theme" aria-label="Light or dark" title="Light or dark">◐</button>',
    "</div>",
    "</header>",
    '<main id="stage" aria-label="Compute graph">',
    '<div id="picture"></div>',
    "<noscript><p>The graph is drawn by this page's own script: allow scripts to see it.</p></noscript>",
    note === undefined ? "" : `<p id="note" role="note">${escapeText(note)}</p>`,
    '<div id="legend" hidden></div>',
    '<div class="keys" aria-hidden="true"><kbd>/</kbd> search · <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom · <kbd>Tab</kbd> <kbd>Enter</kbd> marks · <kbd>c</kbd> <kbd>C</kbd> fold · <kbd>Shift</kbd>-click a second for the ways between</div>',
    "</main>",
    '<aside id="panel" aria-label="Chosen mark" hidden></aside>',
    measured
      ? `<footer id="player">${button("play", "▶", "Play values forward, then gradients back", ' aria-label="Play"')}<input id="moment" type="range" min="0" value="0" aria-label="Time"><output id="now" for="moment"></output></footer>`
      : "",
    '<div id="tooltip" aria-hidden="true" hidden></div>',
    `<script type="application/json" id="data">${embedded(data)}</script>`,
    `<script>\n${pageScript}</script>`,
    "</body>",
    "</html>",
  ]
    .filter(Boolean)
    .join("\n")}\n`;
}
