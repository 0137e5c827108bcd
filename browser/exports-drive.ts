import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { input, square } from "@org/core";
import { toJson, toMermaid } from "@org/viz";
import * as models from "../packages/viz/test/gallery/models.ts";
import { pageProgram } from "./page-program.ts";
import { assert, file, type Reader, until } from "./reader.ts";

const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; img-src data:";

/** A page with elements that draw, one from data, one by hand. */
async function driveElement(reader: Reader): Promise<void> {
  const { tensors } = models.mathCell();
  const program = `
import { defineGraphElement } from "@org/viz";
import * as core from "@org/core";
defineGraphElement();
defineGraphElement();
const made = document.querySelector("#made");
const w = core.parameter("w", [2, 3]);
made.graph = core.sum(core.square(w));
window.made = made;
`;
  const script = await pageProgram(program);
  const data = JSON.stringify(toJson(tensors, { unroll: 2 })).replaceAll("<", "\\u003c");
  writeFileSync(
    file("element.html"),
    `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Elements</title><meta http-equiv="Content-Security-Policy" content="${policy}"><body>
<unroll-graph id="given" preset="colah"><script type="application/json">${data}</script></unroll-graph>
<unroll-graph id="made" gradients></unroll-graph><script type="module">${script}</script></body></html>`,
  );
  const page = await reader.open(file("element.html"), { size: [900, 1000] });
  const picture = (id: string): string => `document.querySelector("#${id}").shadowRoot?.querySelector("svg")`;
  await until(page, `${picture("given")} && ${picture("made")}`);
  const count = (id: string, what: string): Promise<number> =>
    page.evaluate(`${picture(id)}.querySelectorAll("${what}").length`);
  assert.equal(await count("given", "g[id]"), toJson(tensors, { unroll: 2 }).nodes.length);
  assert.ok((await count("made", "path.gradient")) > 0);
  await page.screenshot({ path: file("element.png") });
  // Attributes, the graph and the options are each a drawing anew; an event tells of it.
  const changed = async (change: string): Promise<void> => {
    await page.evaluate(
      `new Promise((done) => { made.addEventListener("drawn", done, { once: true }); ${change} }).then(() => made.updated)`,
    );
  };
  await changed('made.removeAttribute("gradients")');
  assert.equal(await count("made", "path.gradient"), 0);
  await changed('made.setAttribute("dark", "")');
  assert.equal(
    await page.evaluate(`${picture("made")}.querySelector("rect").getAttribute("fill")`),
    "#11171d",
  );
  await changed('made.options = { highlight: ["w"] }');
  assert.ok((await count("made", "[opacity]")) > 0);
  // What was asked for last is what is shown, and what is wrong is told.
  await changed(
    'made.graph = { nodes: [{ id: "a" }, { id: "b" }], edges: [] }; made.options = {}; made.graph = { nodes: [{ id: "c" }], edges: [] }',
  );
  assert.equal(await count("made", "g[id]"), 1);
  await changed('made.setAttribute("preset", "none")');
  const told = await page.evaluate<string>('made.shadowRoot.querySelector("[role=alert]").textContent');
  assert.match(told, /RangeError: .*preset: expected one of/);
  await page.context().close();
}

/** Mermaid's own parser takes what `toMermaid` writes, and draws as many marks. */
async function driveMermaid(reader: Reader): Promise<void> {
  writeFileSync(file("mermaid.html"), '<!DOCTYPE html><meta charset="utf-8"><body></body>');
  const page = await reader.open(file("mermaid.html"), { size: [1400, 900] });
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("mermaid/dist/mermaid.min.js") });
  await page.evaluate('mermaid.initialize({ startOnLoad: false, securityLevel: "strict" })');
  const awkward = ['"]; end <b>x</b>', "#35; &amp; `1`", "_a_ **b** $$x$$", "%% \\ ~~~ {} | 'q' 1. x"];
  const texts: Record<string, [text: string, marks: number]> = {};
  const add = (name: string, graph: Parameters<typeof toMermaid>[0], options: object): void => {
    const { nodes } = toJson(graph, { detail: "cell", ...options });
    texts[name] = [toMermaid(graph, options), nodes.length];
  };
  for (const [name, draw] of Object.entries({
    lstm: models.characterLstm,
    translation: models.translation,
    "training-step": models.trainingStep,
  })) {
    add(`${name}-cell`, draw().tensors, { unroll: { first: 2, last: 1 }, gradients: name === "lstm" });
    add(`${name}-layer`, draw().tensors, { detail: "layer" });
  }
  for (const name of [...awkward, "1. one", "- a", "_a_", "end", "x`", "**"])
    add(name, square(input(name, [2])), { detail: "op" });
  for (const [name, [text, marks]] of Object.entries(texts)) {
    await page.evaluate(`mermaid.parse(${JSON.stringify(text)})`);
    const drawn = await page.evaluate<{ marks: number; labels: string[] }>(
      `mermaid.render("drawn", ${JSON.stringify(text)}).then(({ svg }) => {
        document.body.innerHTML = svg;
        const nodes = [...document.querySelectorAll("g.node")];
        return { marks: nodes.length, labels: nodes.map(({ textContent }) => textContent.trim()) };
      })`,
    );
    assert.equal(drawn.marks, marks, name);
    if (/-(cell|layer)$/.test(name))
      await page.screenshot({ path: file(`mermaid-${name}.png`), fullPage: true });
    else
      assert.ok(
        drawn.labels.some((label) => label.replaceAll("\u2060", "").startsWith(name)),
        `${name}: ${drawn.labels.join(", ")}`,
      );
  }
  await page.context().close();
}

/** What other programs and pages make of graphs: elements, and Mermaid. */
export async function driveExports(reader: Reader): Promise<void> {
  await driveElement(reader);
  await driveMermaid(reader);
}
