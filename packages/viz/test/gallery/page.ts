/** A figure that has been drawn. */
interface Drawn {
  readonly row: string;
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly svg: string;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);

/** All figures on one page that loads nothing. Each picture is an image of its own, so that ids do not meet. */
export function galleryPage(figures: readonly Drawn[]): string {
  const sections = figures.map(({ row, name, title, text, svg }) => {
    const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
    const [width] = /width="([\d.]+)"/.exec(svg)!.slice(1);
    return `<figure id="${name}"><img src="${image}" alt="${escaped(title)}" style="max-width:min(100%,${width}px)"><figcaption><b>${row}</b> <strong>${escaped(title)}</strong> ${escaped(text)}</figcaption></figure>`;
  });
  const links = figures.map(
    ({ row, name, title }) => `<a href="#${name}">${row ? `${row} ` : ""}${escaped(title)}</a>`,
  );
  return `${[
    "<!DOCTYPE html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Pictures of recurrent networks</title>',
    "<style>body{max-width:1200px;margin:0 auto;padding:24px;font:15px/1.5 Helvetica,Arial,'DejaVu Sans',sans-serif;color:#1f2933}nav{columns:3 220px;margin-bottom:32px}nav a{display:block;color:#0072b2}figure{margin:0 0 48px;padding:16px;border:1px solid #d5dce3;border-radius:10px}img{display:block;margin:0 auto 12px}figcaption{color:#4a5663}strong{color:#1f2933}b{color:#6b7785;font-weight:normal}</style>",
    "</head><body><h1>Pictures of recurrent networks</h1>",
    `<nav>${links.join("")}</nav>`,
    ...sections,
    "</body></html>",
  ].join("\n")}\n`;
}
