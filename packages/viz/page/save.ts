/** Hands a file to the reader. */
function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const named = (title: string): string =>
  title.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "") || "graph";

export const saveSvg = (title: string, svg: string): void =>
  download(`${named(title)}.svg`, new Blob([svg], { type: "image/svg+xml" }));

/** More pixels on a side are not drawn by every browser. */
const MOST = 8192;

/** Draws the picture at twice its size, or as large as browsers can. */
export async function savePng(title: string, svg: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  const image = new Image();
  image.setAttribute("src", url);
  await image.decode();
  const scale = Math.min(2, MOST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob) download(`${named(title)}.png`, blob);
}
