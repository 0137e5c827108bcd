import type { JSX } from "preact";
import { changes, curves } from "../session.ts";
import { Chart } from "../ui/chart.tsx";
import { joined, thinned } from "../ui/thinned.ts";
import { number, words } from "../words/language.ts";

const MOST_POINTS = 600;

/** Bits per character, and the norm of the gradient. */
export function Curves(): JSX.Element {
  const { train } = words.value;
  const version = changes.value;
  const bits = (nats: number): number => nats / Math.LN2;
  const last = (values: readonly number[]): string => (values.length > 0 ? number(values.at(-1)!, 3) : "–");
  return (
    <div class="pair">
      <section class="panel">
        <h2>{train.lossTitle}</h2>
        <Chart
          label={`${train.lossTitle}: ${train.training} ${last(curves.loss.slice(-1).map(bits))}, ${train.heldOut} ${last(
            curves.heldOut.slice(-1).map(({ loss }) => bits(loss)),
          )}`}
          lines={[
            { label: train.training, color: "--line-1" },
            { label: train.heldOut, color: "--line-2", points: true },
          ]}
          x={train.step}
          y={train.bitsUnit}
          version={version}
          data={() => {
            const { xs, ys } = thinned(curves.loss, MOST_POINTS);
            const heldOut = curves.heldOut;
            return joined(
              { xs, ys: ys.map(bits) },
              { xs: heldOut.map(({ step }) => step), ys: heldOut.map(({ loss }) => bits(loss)) },
            );
          }}
        />
      </section>
      <section class="panel">
        <h2>{train.normTitle}</h2>
        <Chart
          label={`${train.normTitle}: ${last(curves.norm)}`}
          lines={[{ label: "‖g‖", color: "--line-3" }]}
          x={train.step}
          y="‖g‖"
          logY
          version={version}
          data={() => {
            const { xs, ys } = thinned(curves.norm, MOST_POINTS);
            return [xs, ys.map((norm) => (norm > 0 ? norm : null))];
          }}
        />
      </section>
    </div>
  );
}
