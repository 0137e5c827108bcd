/** Images beyond this many pixels are refused. */
const MOST_PIXELS = 1e8;

/** @throws RangeError for an image that is too large */
export function requirePixels({ width, height }: { width: number; height: number }, scale: number): void {
  if (width * height * scale * scale <= MOST_PIXELS) return;
  const size = `${width} × ${height} at scale ${scale}`;
  throw new RangeError(`renderPng: more than 100 million pixels (${size}); choose a smaller scale`);
}
