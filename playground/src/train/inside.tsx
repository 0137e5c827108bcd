import type { JSX } from "preact";
import { diagnosis, matrices, matrix, watch } from "../session.ts";
import { Chart } from "../ui/chart.tsx";
import { Choice } from "../ui/fields.tsx";
import { scientific, words } from "../words/language.ts";
import { Gates } from "./gates.tsx";
import { SpectrumPlot } from "./spectrum-plot.tsx";

/** What happens inside of the network: gradients over time, eigenvalues, gates. */
export function Inside(): JSX.Element {
  const { train } = words.value;
  const seen = diagnosis.value;
  const flow = seen?.flow ?? [];
  const smallest = Math.min(...flow.map((layer) => layer[0]!));
  return (
    <>
      <div class="pair">
        <section class="panel">
          <h2>{train.flowTitle}</h2>
          <Chart
            label={`${train.flowTitle}: t = 1 ${Number.isFinite(smallest) ? scientific(smallest, 1) : "–"}`}
            lines={(flow.length > 0 ? flow : [0]).map((_, layer) => ({
              label: `${train.layer} ${layer + 1}`,
              color: `--line-${(layer % 4) + 1}`,
            }))}
            x={train.windowStep}
            y="‖∂L/∂hₜ‖"
            logY
            version={seen?.step ?? -1}
            data={() => [
              Array.from(flow[0] ?? [], (_, t) => t + 1),
              ...(flow.length > 0 ? flow : [[]]).map((layer) =>
                Array.from(layer, (norm) => (norm > 0 ? norm : null)),
              ),
            ]}
          />
          <p class="hint">{train.flowHint}</p>
        </section>
        <section class="panel">
          <h2>{train.spectrumTitle}</h2>
          {matrices.value.length > 1 && (
            <Choice
              label={train.matrix}
              name="matrix"
              value={matrix.value ?? matrices.value[0]!}
              options={matrices.value.map((name) => [name, name.replace(/^stack\./, "")] as const)}
              choose={(name) => {
                matrix.value = name;
                void watch(true);
              }}
            />
          )}
          {seen && seen.spectrum.re.length === 0 ? (
            <p class="hint">{train.spectrumNone}</p>
          ) : (
            <SpectrumPlot spectrum={seen?.spectrum} />
          )}
        </section>
      </div>
      <section class="panel">
        <h2>{train.gatesTitle}</h2>
        {seen && seen.gates.length === 0 ? (
          <p class="hint">{train.gatesNone}</p>
        ) : (
          <Gates gates={seen?.gates ?? []} />
        )}
      </section>
    </>
  );
}
