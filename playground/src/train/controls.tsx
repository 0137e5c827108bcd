import type { JSX } from "preact";
import {
  build,
  building,
  built,
  changes,
  curves,
  dials,
  once,
  pause,
  play,
  running,
  speed,
  step,
  turn,
} from "../session.ts";
import { Slider } from "../ui/fields.tsx";
import { number, significant, words } from "../words/language.ts";

/** Train, pause, one step, reset; where the run is; and the dials that may be turned while it runs. */
export function Controls(): JSX.Element {
  const { train } = words.value;
  const made = built.value;
  const disabled = !made || building.value;
  return (
    <section class="controls" aria-label={train.training}>
      <div class="buttons">
        {running.value ? (
          <button type="button" id="pause" class="primary" disabled={disabled} onClick={() => void pause()}>
            {train.pause}
          </button>
        ) : (
          <button type="button" id="play" class="primary" disabled={disabled} onClick={() => void play()}>
            {train.play}
          </button>
        )}
        <button type="button" id="once" disabled={disabled} onClick={() => void once()}>
          {train.once}
        </button>
        <button
          type="button"
          id="reset"
          disabled={disabled}
          onClick={() => made && void build(made.settings, made.text)}
        >
          {train.reset}
        </button>
        <Numbers />
      </div>
      <Dials />
    </section>
  );
}

/** The numbers of this moment. */
function Numbers(): JSX.Element {
  const { train } = words.value;
  void changes.value;
  const recent = curves.loss.slice(-20);
  const loss = recent.length > 0 ? recent.reduce((a, b) => a + b, 0) / recent.length : undefined;
  const heldOut = curves.heldOut.at(-1)?.loss;
  const bits = (nats: number | undefined): string => (nats === undefined ? "–" : number(nats / Math.LN2, 3));
  const state = building.value ? train.building : running.value ? train.running : train.paused;
  return (
    <dl class="numbers">
      <Entry name={train.step} value={number(step.value)} id="step" also={state} />
      <Entry name={train.bits} value={bits(loss)} id="bits" also={`${train.heldOut} ${bits(heldOut)}`} />
      <Entry
        exact={curves.loss.at(-1)}
        name={train.nats}
        value={loss === undefined ? "–" : number(loss, 3)}
        id="loss"
      />
      <Entry name={train.speed} value={`${number(speed.value)} ${train.perSecond}`} id="speed" />
    </dl>
  );
}

function Entry({
  name,
  value,
  id,
  also,
  exact,
}: {
  readonly name: string;
  readonly value: string;
  readonly id: string;
  readonly also?: string;
  /** The number of the last step, to the last digit. */
  readonly exact?: number | undefined;
}): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span id={id} data-exact={exact}>
          {value}
        </span>
        {also && <small>{also}</small>}
      </dd>
    </div>
  );
}

function Dials(): JSX.Element {
  const { train } = words.value;
  const { learningRate, clip, temperature } = dials.value;
  // The rate and the bound are chosen on logarithmic scales; the bound's upper end clips nothing.
  const rate = Math.log10(learningRate);
  const bound = clip > 0 ? Math.log10(clip) : 2;
  return (
    <div class="dials">
      <Slider
        name="learningRate"
        label={train.learningRate}
        value={rate}
        range={[-5, 0.5, 0.05]}
        shown={significant(learningRate, 2)}
        change={(power) => turn({ learningRate: Number((10 ** power).toPrecision(3)) })}
      />
      <Slider
        name="clip"
        label={train.clip}
        value={bound}
        range={[-2, 2, 0.1]}
        shown={clip > 0 ? significant(clip, 2) : train.clipNone}
        change={(power) => turn({ clip: power >= 2 ? 0 : Number((10 ** power).toPrecision(3)) })}
      />
      <Slider
        name="temperature"
        label={train.temperature}
        value={temperature}
        range={[0, 2, 0.05]}
        shown={number(temperature, 2)}
        change={(temperature) => turn({ temperature })}
      />
    </div>
  );
}
