import { checkOptionNames } from "@org/core";
import { palette } from "../palette.ts";
import { type ChartOptions, counted, drawChart, requireNames, seriesEncoding, titled } from "./chart.ts";

/** A complex number, as `spectrum` of `@org/nn` gives them. */
export interface ComplexNumber {
  readonly re: number;
  readonly im: number;
}

/** The eigenvalues of one matrix among several. */
export interface NamedSpectrum {
  readonly name: string;
  readonly eigenvalues: readonly ComplexNumber[];
}

/** What `spectrumChart` takes. The chart is square: `height` is not asked. */
export type SpectrumChartOptions = Omit<ChartOptions, "height">;

/**
 * Eigenvalues on the complex plane with the unit circle, both axes of the same scale: of a recurrent matrix, those
 * outside the circle let states and gradients grow from step to step, those inside let them fade. The note tells the
 * spectral radius ρ. Default size: 340 × 340 pixels.
 * @throws RangeError for no eigenvalues, or two matrices of one name
 * @example
 * const svg = await spectrumChart([{ re: 0, im: 1.25 }, { re: 0, im: -1.25 }, { re: 0.5, im: 0 }]);
 * svg.includes("ρ = 1.25, 2 of 3 outside the unit circle"); // → true
 * await spectrumChart([]); // throws RangeError
 */
export async function spectrumChart(
  eigenvalues: readonly ComplexNumber[] | readonly NamedSpectrum[],
  options: SpectrumChartOptions = {},
): Promise<string> {
  checkOptionNames("spectrumChart", options, "title width dark");
  const { title = "Eigenvalues", width = 340 } = options;
  const spectra = named(eigenvalues);
  const names = spectra.map(({ name }) => name);
  const values = spectra.flatMap(({ name, eigenvalues }) =>
    eigenvalues.map(({ re, im }) => ({ name, re, im })),
  );
  const finite = values.filter(({ re, im }) => Number.isFinite(re) && Number.isFinite(im));
  const far = finite.reduce((most, { re, im }) => Math.max(most, Math.abs(re), Math.abs(im)), 1);
  const scale = { domain: [-far * 1.12, far * 1.12], nice: false, zero: false };
  const { color } = seriesEncoding(names);
  const shape = {
    ...color,
    scale: { domain: names, range: names.map((_, i) => shapes[i % shapes.length]!) },
  };
  const several = names.length > 1;
  const legend = { title: null, symbolSize: 60, labelLimit: 400 };
  return drawChart(
    {
      ...titled(
        title,
        spectra.map((spectrum) => described(spectrum, several)),
      ),
      width,
      height: width,
      encoding: {
        x: { field: "re", type: "quantitative", title: "Re λ", scale, axis: { tickCount: 6 } },
        y: { field: "im", type: "quantitative", title: "Im λ", scale },
      },
      layer: [
        {
          data: { values: circle },
          mark: { type: "line", color: palette.faint, strokeWidth: 1.2, interpolate: "linear-closed" },
          encoding: { order: { field: "turn", type: "quantitative" } },
        },
        {
          data: { values: [{ re: 0, im: 0 }] },
          mark: { type: "point", shape: "cross", size: 40, filled: true, color: palette.faint, opacity: 1 },
        },
        {
          data: { values: finite },
          mark: { type: "point", filled: true, size: 34, opacity: 0.8 },
          encoding: {
            color: { ...color, legend: several ? legend : null },
            shape: { ...shape, legend: several ? legend : null },
          },
        },
      ],
    },
    options.dark,
  );
}

/** Eigenvalues of an orthogonal matrix in single precision lie on the circle. */
const ROUNDING = 1e-6;

const shapes = ["circle", "square", "triangle-up", "diamond", "triangle-down"];

const circle = Array.from({ length: 180 }, (_, turn) => ({
  turn,
  re: Number(Math.cos((turn * Math.PI) / 90).toFixed(6)),
  im: Number(Math.sin((turn * Math.PI) / 90).toFixed(6)),
}));

function named(eigenvalues: readonly ComplexNumber[] | readonly NamedSpectrum[]): readonly NamedSpectrum[] {
  const isNamed = (values: typeof eigenvalues): values is readonly NamedSpectrum[] =>
    "name" in (values[0] ?? {});
  const spectra = isNamed(eigenvalues) ? eigenvalues : [{ name: "λ", eigenvalues }];
  requireNames(
    "spectrumChart",
    "matrices",
    spectra.map(({ name }) => name),
  );
  const empty = spectra.find(({ eigenvalues: values }) => values.length === 0);
  if (empty) throw new RangeError(`spectrumChart: ${JSON.stringify(empty.name)} has no eigenvalues`);
  return spectra;
}

function described({ name, eigenvalues }: NamedSpectrum, several: boolean): string {
  const moduli = eigenvalues.map(({ re, im }) => Math.hypot(re, im));
  const finite = moduli.filter((modulus) => Number.isFinite(modulus));
  const radius = finite.reduce((most, modulus) => Math.max(most, modulus), 0);
  const outside = finite.filter((modulus) => modulus > 1 + ROUNDING).length;
  const missing = moduli.length - finite.length;
  const note = `ρ = ${Number(radius.toPrecision(3))}, ${outside} of ${moduli.length} outside the unit circle`;
  return `${several ? `${name}: ` : ""}${note}${missing > 0 ? `, not finite: ${counted(missing, "eigenvalue")}` : ""}`;
}
