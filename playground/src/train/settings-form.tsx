import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Reason } from "../problem.ts";
import type { Built } from "../protocol.ts";
import { attempt, build, building, built, failure, mostThreads, play } from "../session.ts";
import {
  type Bounded,
  bounds,
  cells,
  firstSettings,
  optimizers,
  type Settings,
  schedules,
} from "../settings.ts";
import { Choice, Field, Whole } from "../ui/fields.tsx";
import { number, words } from "../words/language.ts";
import { chosenText, TextFields, takeFile, textDraft } from "./text-fields.tsx";

/** What the form says, until a run begins with it. */
const draft: Signal<Settings> = signal({ ...firstSettings, threads: Math.min(2, mostThreads) });

/** The run whose settings the form took over last: what is typed after that stays, also while other pages are read. */
let taken: Built | undefined;

/** Everything a run begins with. */
export function SettingsForm(): JSX.Element {
  const { train } = words.value;
  const made = built.value;
  useEffect(() => {
    if (!made || made === taken) return;
    taken = made;
    draft.value = { ...made.settings, threads: Math.min(made.settings.threads, mostThreads) };
    textDraft.value = made.text;
  }, [made]);
  const change = (changed: Partial<Settings>): void => {
    draft.value = { ...draft.value, ...changed };
  };
  const [dropping, setDropping] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = outOfBounds(draft.value);
    if (wrong) {
      failure.value = wrong;
      return;
    }
    const text = await attempt(chosenText());
    if (text && (await build(draft.value, text))) await play();
  };
  const { cell, optimizer, schedule, equations } = draft.value;
  return (
    <form
      class={`panel settings ${dropping ? "dropping" : ""}`}
      noValidate
      aria-label={train.begin}
      onSubmit={(event) => void submit(event)}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        const [dropped] = event.dataTransfer?.files ?? [];
        if (dropped) void takeFile(dropped);
      }}
    >
      <h2>{train.text}</h2>
      <TextFields />
      <h2>{train.network}</h2>
      <Choice
        label={train.cell}
        name="cell"
        value={cell}
        options={cells.map((each) => [each, train.cells[each]] as const)}
        choose={(cell) => change({ cell })}
      />
      {cell === "typed" && (
        <Field label={train.equations}>
          {(id) => (
            <>
              <textarea
                id={id}
                name="equations"
                class="code"
                rows={6}
                spellcheck={false}
                value={equations}
                aria-describedby={`${id}-hint`}
                onInput={(event) => change({ equations: event.currentTarget.value })}
              />
              <p class="hint" id={`${id}-hint`}>
                {train.equationsHint}
              </p>
            </>
          )}
        </Field>
      )}
      <div class="row">
        <Numeral name="layers" />
        <Numeral name="hidden" />
        <Numeral name="window" />
      </div>
      <details>
        <summary>{train.more}</summary>
        <div class="row">
          <Numeral name="batch" />
          <Numeral name="seed" />
          <Numeral name="threads" />
        </div>
        <div class="row">
          <Choice
            label={train.optimizer}
            name="optimizer"
            value={optimizer}
            options={optimizers.map((each) => [each, each] as const)}
            choose={(optimizer) => change({ optimizer })}
          />
          <Choice
            label={train.schedule}
            name="schedule"
            value={schedule}
            options={schedules.map((each) => [each, train.schedules[each]] as const)}
            choose={(schedule) => change({ schedule })}
          />
          {schedule !== "constant" && <Numeral name="horizon" />}
        </div>
        {mostThreads === 1 && <p class="hint">{train.oneThread}</p>}
        {mostThreads === 1 && navigator.serviceWorker?.controller && (
          <p class="hint">{train.reloadForThreads}</p>
        )}
      </details>
      <button type="submit" class="primary" id="begin" disabled={building.value}>
        {train.begin}
      </button>
      {made && (
        <p class="hint" id="built">
          {train.built(number(made.weights), number(made.vocabulary), made.batch, made.threads)}
        </p>
      )}
    </form>
  );
}

/** A whole number among the settings. */
function Numeral({ name }: { readonly name: Bounded }): JSX.Element {
  return (
    <Whole
      label={words.value.train[name]}
      name={name}
      value={draft.value[name]}
      bounds={name === "threads" ? [1, mostThreads] : bounds[name]}
      change={(value) => {
        draft.value = { ...draft.value, [name]: value };
      }}
    />
  );
}

/** The first number that cannot be. */
function outOfBounds(settings: Settings): Reason | undefined {
  for (const [name, [least, most]] of Object.entries(bounds) as [Bounded, readonly [number, number]][]) {
    const value = settings[name];
    if (!Number.isInteger(value) || value < least || value > most)
      return { kind: "outOfBounds", said: { setting: name, least, most } };
  }
  return undefined;
}
