import { fontFamily, palette } from "../palette.ts";
import { type Preset, themeOf } from "../theme.ts";

type Variables = Readonly<Record<string, string>>;

/** What the page has beside the colours of its picture. */
const light: Variables = {
  up: palette.series[0],
  down: "#b35900",
  way: "#8a2a7b",
  hit: palette.series[4],
  bar: "#ffffff",
  hover: "#eef2f6",
  shadow: "rgb(31 41 51 / 14%)",
  pressed: "#005f94",
  "on-pressed": "#ffffff",
  faint: "#5b6672",
};

const dark: Variables = {
  up: "#56b4e9",
  down: "#f0a24e",
  way: "#d58bc8",
  hit: "#f0c14b",
  bar: "#1a222b",
  hover: "#26313c",
  shadow: "rgb(0 0 0 / 50%)",
  pressed: "#7cc4ee",
  "on-pressed": "#11171d",
};

const variables = (colours: Variables): string =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(" ");

/** The page's style sheet, for pictures of a preset. */
export function pageStyle(preset: Preset): string {
  const interfaceLight = variables({ ...themeOf({ preset }).colours, ...light });
  const interfaceDark = variables({ ...themeOf({ preset, dark: true }).colours, ...dark });
  return `
:root { color-scheme: light; ${interfaceLight} }
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) { color-scheme: dark; ${interfaceDark} }
}
:root[data-theme="dark"] { color-scheme: dark; ${interfaceDark} }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html, body { height: 100%; margin: 0; }
body { display: grid; grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr) auto; background: var(--paper); color: var(--ink); font: 14px/1.45 ${fontFamily}; }
.toolbar { position: relative; z-index: 1; grid-column: 1 / -1; display: flex; align-items: center; gap: 8px 12px; padding: 8px 14px; background: var(--bar); border-bottom: 1px solid var(--frame); }
h1 { flex: 1 1 6em; min-width: 4em; margin: 0; overflow: hidden; font-size: 15px; font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }
button, input { padding: 5px 10px; border: 1px solid var(--frame); border-radius: 7px; background: var(--paper); color: inherit; font: inherit; }
button { cursor: pointer; white-space: nowrap; }
button:hover { background: var(--hover); }
button[aria-pressed="true"] { border-color: var(--pressed); background: var(--pressed); color: var(--on-pressed); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.group { display: flex; }
.group button { border-radius: 0; }
.group button + button { border-left-width: 0; }
.group button:first-child { border-radius: 7px 0 0 7px; }
.group button:last-child { border-radius: 0 7px 7px 0; }
.group button:only-child { border-radius: 7px; }
.search { position: relative; flex: 0 1 17em; display: flex; align-items: center; min-width: 6em; }
.search input { width: 100%; min-width: 0; }
.search input:not(:placeholder-shown) { padding-right: 6.5em; }
.search output { position: absolute; right: 10px; color: var(--faint); font-size: 12px; pointer-events: none; }
#tools { display: flex; flex-wrap: wrap; gap: 8px 12px; }
#more { display: none; }
#stage { position: relative; overflow: hidden; cursor: grab; touch-action: none; user-select: none; }
#stage.dragging { cursor: grabbing; }
#picture { position: absolute; inset: 0; }
#picture > svg, #picture > canvas { display: block; width: 100%; height: 100%; }
#picture g[tabindex] { cursor: pointer; outline: none; }
#picture g[tabindex] > :is(rect, ellipse) { transition: fill 0.25s; }
#picture g[tabindex]:hover > :is(rect, ellipse) { stroke-width: 2; }
#picture g[tabindex]:focus-visible > :is(rect, ellipse) { stroke: var(--accent); stroke-width: 3; }
#picture.focused g[tabindex]:not(.chosen, .up, .down, .way, .between), #picture.focused path[data-from]:not(.up, .down, .way, .between) { opacity: 0.16; }
#picture .up > :is(rect, ellipse), #picture path.up { stroke: var(--up); }
#picture .down > :is(rect, ellipse), #picture path.down { stroke: var(--down); }
#picture .between > :is(rect, ellipse), #picture path.between { stroke: var(--way); }
#picture .way > :is(rect, ellipse), #picture path.way { stroke: var(--way); stroke-width: 2.4; }
#picture path.up, #picture path.down, #picture path.between { stroke-width: 1.6; }
#picture .chosen > :is(rect, ellipse) { stroke: var(--accent); stroke-width: 3.2; }
#picture .hit > :is(rect, ellipse) { stroke: var(--hit); stroke-width: 2.6; }
#picture .hit.current > :is(rect, ellipse) { stroke-width: 4.5; }
#picture .coloured > :is(rect, ellipse) { fill: var(--fill); }
#picture .coloured > text { fill: var(--on); }
#player { grid-column: 1 / -1; display: flex; align-items: center; gap: 12px; padding: 6px 14px; border-top: 1px solid var(--frame); background: var(--bar); }
#moment { flex: 1; min-width: 0; padding: 0; accent-color: var(--accent); }
#now { width: 14em; font-size: 13px; }
#play { width: 3em; }
#panel .folds { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 12px; }
#legend { position: absolute; left: 14px; bottom: 14px; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 7px 12px; border: 1px solid var(--frame); border-radius: 9px; background: var(--bar); box-shadow: 0 2px 10px var(--shadow); font-size: 12px; }
#legend small { color: var(--faint); }
.ramp { width: 150px; height: 12px; border-radius: 3px; }
.swatch { width: 12px; height: 12px; border-radius: 3px; }
.swatch.bad { border: 1px solid var(--line); background: #000000; }
.link { color: var(--pressed); font-size: 13px; }
#note { position: absolute; top: 10px; left: 50%; max-width: calc(100% - 28px); margin: 0; padding: 4px 12px; border: 1px solid var(--frame); border-radius: 9px; background: var(--bar); box-shadow: 0 2px 10px var(--shadow); font-size: 13px; transform: translateX(-50%); user-select: text; }
.keys { position: absolute; right: 10px; bottom: 8px; padding: 2px 6px; border-radius: 6px; background: color-mix(in srgb, var(--paper) 80%, transparent); color: var(--faint); font-size: 12px; pointer-events: none; }
#legend:not([hidden]) ~ .keys { display: none; }
kbd { padding: 0 4px; border: 1px solid var(--frame); border-radius: 4px; font: inherit; }
.faint, dt { color: var(--faint); }
.bad { color: var(--gradient); }
#tooltip { position: fixed; z-index: 2; display: grid; gap: 1px; max-width: 340px; padding: 8px 11px; border: 1px solid var(--frame); border-radius: 9px; background: var(--bar); box-shadow: 0 4px 18px var(--shadow); font-size: 12px; pointer-events: none; overflow-wrap: anywhere; }
#tooltip strong { font-size: 14px; }
#panel { width: 320px; padding: 14px 16px; overflow-y: auto; border-left: 1px solid var(--frame); background: var(--bar); overflow-wrap: anywhere; }
#panel header { display: flex; align-items: start; gap: 8px; }
#panel h2 { flex: 1; margin: 0; font-size: 20px; line-height: 1.25; }
#panel h3 { margin: 16px 0 6px; font-size: 13px; }
#panel p { margin: 2px 0 8px; font-size: 13px; }
#panel .marks + p { margin-top: 14px; }
#panel pre { margin: 8px 0; padding: 8px 10px; border-radius: 7px; background: var(--column); white-space: pre-wrap; }
code, pre { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.close { padding: 0 8px; font-size: 18px; line-height: 1.3; }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 3px 14px; margin: 10px 0 0; }
dd { margin: 0; }
.marks { display: flex; flex-wrap: wrap; gap: 5px; margin: 0; padding: 0; list-style: none; }
.marks button { padding: 2px 9px; border-color: var(--line); border-radius: 4px; font-size: 13px; }
.marks .operator { border-radius: 99px; }
.marks .parameter { background: var(--parameter); }
.path { padding: 2px 12px 10px; border-left: 3px solid var(--way); }
#panel .path h3 { margin-top: 6px; }
.path .marks li + li::before { content: "→ "; color: var(--faint); }
@media (max-width: 1180px) {
  #more { display: block; }
  #tools { position: absolute; top: calc(100% + 1px); right: 0; display: none; flex-direction: column; align-items: stretch; padding: 12px 14px; border: 1px solid var(--frame); border-radius: 0 0 0 9px; background: var(--bar); box-shadow: 0 4px 18px var(--shadow); }
  #tools.open { display: flex; }
  #tools .group button { flex: 1; }
}
@media (max-width: 720px) {
  body { grid-template: auto minmax(0, 1fr) auto auto / minmax(0, 1fr); }
  .toolbar { padding: 8px; gap: 6px; }
  h1 { flex: 0 1 7em; min-width: 0; }
  .search { flex: 1 1 6em; }
  #panel { grid-row: 3; width: auto; max-height: 45vh; border-top: 1px solid var(--frame); border-left: 0; }
  #player { grid-row: 4; padding: 6px 8px; }
  #now { width: 9em; }
  .keys { display: none; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media print {
  :root:root:root { color-scheme: light; ${interfaceLight} }
  body { display: block; height: auto; }
  .toolbar > :not(h1), .keys, #tooltip, #panel, #player { display: none !important; }
  .toolbar { padding: 0 0 8px; border: 0; }
  #stage { overflow: visible; }
  #picture, #note { position: static; transform: none; box-shadow: none; }
  #picture > svg { height: auto; max-height: 95vh; }
  #picture .coloured > :is(rect, ellipse), .ramp, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`.trim();
}
