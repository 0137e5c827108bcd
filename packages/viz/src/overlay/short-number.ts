/** A number in three digits, with a proper minus. */
export const shortNumber = (value: number): string => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const shown = size !== 0 && (size < 1e-2 || size >= 1e4) ? value.toExponential(1) : value.toPrecision(3);
  return shown.replaceAll("-", "−").replace("e+", "e");
};

/** A number in as few digits as say it, three at most, with a proper minus. */
export const plainNumber = (value: number): string =>
  String(Number(value.toPrecision(3))).replaceAll("-", "−");
