import type { Tensor } from "@org/core";
import { checkOptionNames } from "@org/core";
import type { GraphJson } from "../graph/graph-json.ts";
import { shownOf } from "../graph/picture.ts";
import { renderHtml } from "../html/render-html.ts";
import { renderSvg, type SvgPictureOptions } from "../render-svg.ts";
import { escapeText } from "../svg.ts";

/** What `inNotebook` takes: for tensors, what `renderSvg` takes too. */
export interface NotebookOptions extends SvgPictureOptions {
  /** The page of `renderHtml` in a frame of so many pixels' height, for tensors; 0 draws a picture. Default 0. */
  readonly page?: number;
}

/** Data by MIME types, as notebooks take them: the richest that they know is shown. */
export type MimeBundle = Readonly<Record<string, string>>;

/** What Deno's Jupyter kernel asks of the last value of a cell. */
export interface NotebookPicture {
  readonly [display: symbol]: () => Promise<MimeBundle>;
}

/**
 * A picture for notebooks: as the last expression of a cell, Deno's Jupyter kernel draws it. Takes tensors, a graph as
 * `toJson` gives it, or what any other function of this package returns: SVG text, also as a promise.
 * @throws as `renderSvg` and `renderHtml`, when the notebook draws
 * @example
 * const w = parameter("w", 2);
 * const picture = inNotebook(square(w), { gradients: true });
 * Object.keys(await picture[Symbol.for("Jupyter.display")]!()); // → ["image/svg+xml", "text/plain"]
 */
export function inNotebook(
  picture: string | Promise<string> | Tensor | readonly Tensor[] | GraphJson,
  options: NotebookOptions = {},
): NotebookPicture {
  const { page = 0, ...rest } = checkOptionNames(
    "inNotebook",
    options,
    "page feeds losses path ancestors highlight engine unroll gradients detail folded parameters preset dark maxMarks timeLimit",
  );
  const { path, ancestors, highlight, engine, detail, timeLimit, ...ofPage } = rest;
  if (!(page >= 0 && Number.isFinite(page)))
    throw new RangeError(`inNotebook: page: expected a height from 0, received ${page}`);
  const show = async (): Promise<MimeBundle> => {
    const given = await picture;
    if (page > 0 && typeof given !== "string" && !("nodes" in given)) {
      const html = escapeText(
        await renderHtml(given, { ...ofPage, unroll: shownOf(rest.unroll ?? 3).first }),
      );
      const frame = `<iframe title="Compute graph" sandbox="allow-scripts allow-downloads" style="width: 100%; height: ${page}px; border: 0" srcdoc="${html}"></iframe>`;
      return { "text/html": frame, "text/plain": "a compute graph, as a page" };
    }
    const svg = typeof given === "string" ? given : await renderSvg(given, rest);
    const label = /aria-label="([^"]*)"/.exec(svg)?.[1] ?? "a picture";
    return { "image/svg+xml": svg, "text/plain": label };
  };
  return { [Symbol.for("Jupyter.display")]: show };
}
