import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Diagnosis } from "../training/diagnostics.ts";
import { calm } from "../ui/scheme.ts";
import { number } from "../words/language.ts";

type Spectrum = Diagnosis["spectrum"];

/** How many earlier spectra stay to be seen, fading. */
const TRAIL = 10;

/** Eigenvalues in the complex plane, with the unit circle, and where they came from. */
export function SpectrumPlot({ spectrum }: { readonly spectrum: Spectrum | undefined }): JSX.Element {
  const trail = useRef<Spectrum[]>([]);
  if (spectrum && trail.current.at(-1) !== spectrum) {
    const before = trail.current.filter(({ matrix }) => matrix === spectrum.matrix);
    trail.current = calm() ? [spectrum] : [...before.slice(1 - TRAIL), spectrum];
  }
  const radius = Math.max(1, ...trail.current.map(({ radius }) => radius));
  const edge = 1.08 * radius;
  const label = spectrum ? `ρ = ${number(spectrum.radius, 3)}` : "ρ";
  return (
    <figure class="spectrum">
      <svg
        viewBox={`${-edge} ${-edge} ${2 * edge} ${2 * edge}`}
        role="img"
        aria-label={`${spectrum?.matrix ?? ""} ${label}`}
      >
        <path class="axes" d={`M${-edge} 0H${edge}M0 ${-edge}V${edge}`} vector-effect="non-scaling-stroke" />
        <circle r="1" class="unit" vector-effect="non-scaling-stroke" />
        <g class="tick" style={{ fontSize: `${0.11 * edge}px` }}>
          <text x={edge} y={-0.03 * edge} text-anchor="end">
            Re
          </text>
          <text x={0.03 * edge} y={-0.9 * edge}>
            Im
          </text>
          <text x={1 + 0.02 * edge} y={0.11 * edge}>
            1
          </text>
        </g>
        {trail.current.map((each, i, all) => (
          <path
            key={all.length - i}
            class="points"
            vector-effect="non-scaling-stroke"
            style={{
              opacity: i === all.length - 1 ? 1 : (0.35 * (i + 1)) / all.length,
              strokeWidth: i === all.length - 1 ? 5 : 2.5,
            }}
            d={each.re.map((re, k) => `M${re.toFixed(4)} ${(-each.im[k]!).toFixed(4)}h0`).join("")}
          />
        ))}
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}
