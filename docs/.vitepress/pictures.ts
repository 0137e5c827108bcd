import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { base, pictures } from "../build/places.ts";

/** Under a block of code whose fence says `picture=name` stands what it draws; `alt="…"` says what is seen. */
export function withPictures(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence!;
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const { info } = tokens[index]!;
    const code = fence(tokens, index, options, env, self);
    const name = /\bpicture=([\w-]+)/.exec(info)?.[1];
    if (name === undefined) return code;
    const alt = markdown.utils.escapeHtml(/\balt="([^"]*)"/.exec(info)?.[1] ?? "");
    if (alt === "") throw new Error(`picture=${name} has no alt="…"`);
    const shown = existsSync(join(pictures, `${name}.html`))
      ? `<iframe src="${base}pictures/${name}.html" title="${alt}" loading="lazy"></iframe>`
      : `<a href="${base}pictures/${name}.svg" target="_blank"><img src="/pictures/${name}.svg" alt="${alt}" loading="lazy"></a>`;
    return `${code}<figure class="picture">${shown}</figure>`;
  };
}
