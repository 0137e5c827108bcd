import { escapeText } from "../svg.ts";
import type { PageData, View } from "./page-data.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./style.ts";

/** JSON that can stand in a script element. */
const embedded = (data: PageData): string => JSON.stringify(data).replace(/</g, "\\u003c");

const button = (id: string, text: string, title: string, more = ""): string =>
  `<button type="button" id="${id}" title="${title}"${more}>${text}</button>`;

const pressed = (on: boolean): string => ` aria-pressed="${on}"`;

const group = (label: string, content: string, more = ""): string =>
  `<div class="group" role="group" aria-label="${label}"${more}>${content}</div>`;

/** The whole file: what is known of graphs, style and script, which draws them. Nothing is loaded from elsewhere. */
export function writePage(data: PageData, dark: boolean): string {
  const { shown, note, views, words } = data;
  const { bar } = words;
  const has = (test: (mark: View["marks"][number]) => boolean): boolean =>
    views.some(({ marks }) => marks.some(test));
  const details = views.map(
    ({ name }) =>
      `<button type="button" data-view="${name}"${pressed(name === shown)}>${bar.views[name]}</button>`,
  );
  const switches = [
    has(({ kind }) => kind === "parameter")
      ? button("parameters", bar.parameters, bar.parametersHint, pressed(true))
      : "",
    has(({ derived }) => derived === true) || views.some(({ edges }) => edges.some(([, , flags]) => flags))
      ? button("ways", bar.gradients, bar.gradientsHint, pressed(true))
      : "",
    has(({ optimizer }) => optimizer === true)
      ? button("optimizer", bar.optimizer, bar.optimizerHint, pressed(true))
      : "",
  ];
  const measured = has(({ values }) => values !== undefined);
  const title = escapeText(data.title);
  const [find, zoom, marks, fold, ways] = bar.keys;
  return `${[
    "<!DOCTYPE html>",
    `<html lang="${words.language}"${dark ? ' data-theme="dark"' : ""}>`,
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
    `<div class="search"><input id="search" type="search" placeholder="${bar.search}" title="${bar.searchHint} (/)" aria-label="${bar.searchHint}" autocomplete="off" spellcheck="false"><output id="found" for="search" aria-live="polite"></output></div>`,
    group(
      bar.zoom,
      `<button type="button" id="zoom-out" aria-label="${bar.zoomOut}" title="${bar.zoomOut} (−)">−</button>${button("fit", bar.fit, bar.fitHint)}<button type="button" id="zoom-in" aria-label="${bar.zoomIn}" title="${bar.zoomIn} (+)">+</button>`,
    ),
    `<button type="button" id="more" aria-label="${bar.more}" title="${bar.more}" aria-expanded="false" aria-controls="tools">⋯</button>`,
    '<div id="tools">',
    details.length > 1 ? group(bar.detail, details.join("")) : "",
    views.some(({ groups }) => groups.length > 0)
      ? group(
          bar.fold,
          button("fold", bar.fold, bar.foldHint) + button("unfold", bar.unfold, bar.unfoldHint),
          ' id="folds"',
        )
      : "",
    switches.some(Boolean) ? group(bar.show, switches.join("")) : "",
    has(({ gradient }) => gradient !== undefined)
      ? button("colours", bar.colours, bar.coloursHint, pressed(false))
      : "",
    group(bar.save, button("save-svg", "SVG", bar.saveSvg) + button("save-png", "PNG", bar.savePng)),
    `<button type="button" id="theme" aria-label="${bar.theme}" title="${bar.theme}">◐</button>`,
    "</div>",
    "</header>",
    `<main id="stage" aria-label="${bar.graph}">`,
    '<div id="picture"></div>',
    `<noscript><p>${bar.noScripts}</p></noscript>`,
    note === undefined ? "" : `<p id="note" role="note">${escapeText(note)}</p>`,
    '<div id="legend" hidden></div>',
    `<div class="keys" aria-hidden="true"><kbd>/</kbd> ${find} · <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> ${zoom} · <kbd>Tab</kbd> <kbd>Enter</kbd> ${marks} · <kbd>c</kbd> <kbd>C</kbd> ${fold} · <kbd>Shift</kbd>${ways}</div>`,
    "</main>",
    `<aside id="panel" aria-label="${bar.chosen}" hidden></aside>`,
    measured
      ? `<footer id="player">${button("play", "▶", bar.playHint, ` aria-label="${bar.play}"`)}<input id="moment" type="range" min="0" value="0" aria-label="${bar.time}"><output id="now" for="moment"></output></footer>`
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
