import { requirePixels } from "./png-size.ts";

/** What of a browser's page is used; the package's types know no page. */
interface Pages {
  readonly Image: new () => Picture;
  readonly document: {
    createElement(name: "canvas"): Canvas;
  };
}

interface Picture {
  src: string;
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  decode(): Promise<void>;
}

interface Canvas {
  width: number;
  height: number;
  getContext(kind: "2d"): { drawImage(image: Picture, x: number, y: number, w: number, h: number): void };
  toBlob(done: (blob: Blob | null) => void, type: string): void;
}

/**
 * A picture as the bytes of a PNG image, drawn by the browser that the page runs in.
 * @throws RangeError for text that is no SVG picture, and for an image that is too large
 */
export async function drawInPage(
  svg: string,
  scale: number,
  fonts: readonly Uint8Array[],
): Promise<Uint8Array> {
  const { Image, document } = globalThis as unknown as Pages;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(withFonts(svg, fonts))}`;
  try {
    await image.decode();
  } catch (cause) {
    throw new RangeError("renderPng: not an SVG picture", { cause });
  }
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  requirePixels({ width, height }, scale);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob)
    throw new RangeError(`renderPng: the browser draws no image of ${canvas.width} × ${canvas.height}`);
  return new Uint8Array(await blob.arrayBuffer());
}

/** The picture with fonts in it, behind those that it names. */
function withFonts(svg: string, fonts: readonly Uint8Array[]): string {
  if (fonts.length === 0) return svg;
  const base64 = (bytes: Uint8Array): string => {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
  const faces = fonts.map(
    (bytes, i) => `@font-face{font-family:"given ${i}";src:url(data:font/opentype;base64,${base64(bytes)})}`,
  );
  const names = fonts.map((_, i) => `'given ${i}'`).join(", ");
  const named = svg.replace(/font-family="([^"]*)"/g, (_, own) => `font-family="${own}, ${names}"`);
  return named.replace(/<svg[^>]*>/, (root) => `${root}<style>${faces.join("")}</style>`);
}
