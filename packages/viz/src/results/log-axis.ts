/** What Vega-Lite takes for a logarithmic axis. */
export interface LogAxis {
  readonly scale: {
    readonly type: "log";
    readonly domain: [low: number, high: number];
    readonly nice: false;
  };
  readonly axis: { readonly values: number[]; readonly labelExpr: string; readonly tickCount: number };
}

/** A logarithmic axis over all powers of ten that the values span, at most eight of them labelled: 10⁻⁹, 10⁻⁶, … */
export function logAxis(values: readonly number[], most = 8): LogAxis {
  const [low, high] = powersAround(values);
  const step = Math.max(1, Math.ceil((high - low) / most));
  const powers = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
  const labels = powers.map(powerOfTen);
  // Ticks are found by their exponent: 10 ** n is not the same double in every program.
  const index = `round((log(datum.value) / LN10 - (${low})) / ${step})`;
  return {
    scale: { type: "log", domain: [10 ** low, 10 ** high], nice: false },
    axis: {
      values: powers.map((power) => 10 ** power),
      labelExpr: `${JSON.stringify(labels)}[${index}]`,
      tickCount: powers.length,
    },
  };
}

/** The exponents of the powers of ten below and above all values; a decade around 1 if there are none. */
function powersAround(values: readonly number[]): [low: number, high: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  if (greatest === 0) return [-1, 0];
  // 10 ** -323 and 10 ** 308 are the farthest powers that doubles hold.
  const low = Math.max(-323, Math.floor(Math.log10(least) + 1e-9));
  const high = Math.min(308, Math.ceil(Math.log10(greatest) - 1e-9));
  return low < high ? [low, high] : [high - 1, high];
}

/** `powerOfTen(-12)` is "10⁻¹²"; from 0.1 to 100 the number itself. */
function powerOfTen(power: number): string {
  if (power >= -1 && power <= 2) return String(10 ** power);
  return `10${[...String(power)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("")}`;
}
