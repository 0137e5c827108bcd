import type { Tensor } from "@org/core";
import { checkOptionNames } from "@org/core";
import type { GraphJson } from "./graph/graph-json.ts";
import { replaceMissing } from "./missing-glyphs.ts";
import { drawInPage } from "./png-in-page.ts";
import { requirePixels } from "./png-size.ts";
import { renderSvg, type SvgPictureOptions } from "./render-svg.ts";

/** What `renderPng` takes; for tensors, what `renderSvg` takes too. */
export interface PngOptions extends SvgPictureOptions {
  /** Pixels of the image for each pixel of the picture. Default 2, for sharp text on dense screens. */
  readonly scale?: number;
  /**
   * More fonts (TrueType, OpenType or WOFF 2), for characters that the others lack: Chinese, Japanese, Korean, most emoji.
   * Default: none.
   */
  readonly fonts?: readonly Uint8Array[];
  /**
   * The renderer and its fonts (TrueType, OpenType or WOFF 2), "DejaVu Sans" among them for text whose own font is
   * missing. Default: read from the installed packages; pages need none, as browsers draw by themselves.
   */
  readonly assets?: PngAssets;
}

/** The files behind `renderPng`. */
export interface PngAssets {
  /** `index_bg.wasm` of `@resvg/resvg-wasm`. Only that of a process's first call counts. */
  readonly wasm: Uint8Array;
  readonly fonts: readonly Uint8Array[];
}

/**
 * A picture as the bytes of a PNG image: SVG text as the other functions of this package give it, or tensors, which
 * `renderSvg` draws. Text is set in DejaVu Sans, which comes with the package: Latin, Greek, Cyrillic, Hebrew, Arabic,
 * mathematical signs, simple emoji. What no font has, as Chinese, Japanese, Korean and most emoji, is drawn as �, unless
 * `fonts` has it. The fonts of the system are not used, so the same picture gives the same bytes everywhere. Nothing is
 * downloaded; the renderer (resvg, as WebAssembly) is loaded at the first call. In pages, without `assets`, the browser
 * itself draws the picture, in the reader's own fonts and `fonts`.
 * @throws RangeError for text that is no SVG picture, a scale not above 0, an image of more than 100 million pixels
 * @example
 * const png = await renderPng(await lineChart([{ name: "loss", y: [3, 2, 1] }]), { scale: 1 });
 * String.fromCharCode(...png.subarray(1, 4)); // → "PNG"
 * await renderPng("<p>"); // throws RangeError
 */
export async function renderPng(
  picture: string | Tensor | readonly Tensor[] | GraphJson,
  options: PngOptions = {},
): Promise<Uint8Array> {
  checkOptionNames(
    "renderPng",
    options,
    "scale fonts assets feeds losses path ancestors highlight engine unroll gradients detail folded parameters preset dark maxMarks timeLimit",
  );
  const { scale = 2, assets, fonts: more = [], ...drawing } = options;
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new RangeError(`renderPng: expected a scale above 0, received ${scale}`);
  const svg = typeof picture === "string" ? picture : await renderSvg(picture, drawing);
  if (!assets && "document" in globalThis) return drawInPage(svg, scale, more);
  const { Resvg, fonts } = await loadRenderer(assets);
  const font = { fontBuffers: [...fonts, ...more], defaultFontFamily: "DejaVu Sans" };
  const drawable = replaceMissing(svg, (probe) => {
    const probing = new Resvg(probe, { font });
    const drawn = probing.toString();
    probing.free();
    return drawn;
  });
  const renderer = read(Resvg, drawable, { fitTo: { mode: "zoom", value: scale }, font });
  try {
    requirePixels(renderer, scale);
    const image = renderer.render();
    const png = image.asPng();
    image.free();
    return png;
  } finally {
    renderer.free();
  }
}

type Resvg = typeof import("@resvg/resvg-wasm").Resvg;

function read(Resvg: Resvg, ...[svg, options]: ConstructorParameters<Resvg>): InstanceType<Resvg> {
  try {
    return new Resvg(svg, options);
  } catch (cause) {
    throw new RangeError(`renderPng: not an SVG picture: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

interface Renderer {
  readonly Resvg: Resvg;
  readonly fonts: readonly Uint8Array[];
}

let loading: Promise<Renderer> | undefined;

/** The renderer is set up once for all calls; one that failed is tried again. */
function loadRenderer(assets: PngAssets | undefined): Promise<Renderer> {
  loading ??= load(assets).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading.then(({ Resvg, fonts }) => ({ Resvg, fonts: assets?.fonts ?? fonts }));
}

async function load(assets: PngAssets | undefined): Promise<Renderer> {
  const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
  const [wasm, ...fonts] = assets
    ? [assets.wasm, ...assets.fonts]
    : await Promise.all(files.map(readInstalled));
  try {
    await initWasm(wasm!);
  } catch (error) {
    // Set up by other code of the process: the same renderer.
    if (!/already initialized/i.test(String(error))) throw error;
  }
  return { Resvg, fonts };
}

const files = [
  "@resvg/resvg-wasm/index_bg.wasm",
  "@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2",
  "@fontsource/dejavu-sans/files/dejavu-sans-latin-700-normal.woff2",
  "@fontsource/dejavu-mono/files/dejavu-mono-latin-400-normal.woff2",
];

/** A file of an installed package: from the disk, or where modules lie elsewhere, from beside them. */
async function readInstalled(file: string): Promise<Uint8Array> {
  const url = new URL(import.meta.resolve(file));
  if (url.protocol !== "file:") {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`renderPng: ${url} could not be read: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const { readFile } = await import("node:fs/promises");
  return readFile(url);
}
