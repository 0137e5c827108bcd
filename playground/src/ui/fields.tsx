import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A label above a control. */
export function Field({
  label,
  children,
}: {
  readonly label: string;
  readonly children: (id: string) => ComponentChildren;
}): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  /** What can be chosen, how it is shown, and in which language where it is not the page's. */
  readonly options: readonly (readonly [value: Value, shown: string, language?: string])[];
  readonly name?: string;
  choose(value: Value): void;
}

export function Choice<Value extends string>({
  label,
  value,
  options,
  name,
  choose,
}: ChoiceProps<Value>): JSX.Element {
  return (
    <Field label={label}>
      {(id) => (
        <select
          id={id}
          name={name}
          value={value}
          onChange={(event) => choose(event.currentTarget.value as Value)}
        >
          {options.map(([each, shown, lang]) => (
            <option key={each} value={each} lang={lang} selected={each === value}>
              {shown}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface WholeProps {
  readonly label: string;
  readonly value: number;
  readonly bounds: readonly [least: number, most: number];
  readonly name: string;
  change(value: number): void;
}

/** A whole number. What is typed on the way to one is kept as it is, and refused when it is used. */
export function Whole({ label, value, bounds: [least, most], name, change }: WholeProps): JSX.Element {
  return (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          name={name}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          step={1}
          value={Number.isNaN(value) ? "" : value}
          onInput={(event) => change(event.currentTarget.valueAsNumber)}
        />
      )}
    </Field>
  );
}

interface SliderProps {
  readonly label: ComponentChildren;
  readonly value: number;
  readonly range: readonly [least: number, most: number, step: number];
  /** How the value is written. */
  readonly shown: string;
  readonly name?: string;
  change(value: number): void;
}

export function Slider({ label, value, range, shown, name, change }: SliderProps): JSX.Element {
  const id = useId();
  const [least, most, step] = range;
  return (
    <div class="field slider">
      <label for={id}>{label}</label>
      <output for={id}>{shown}</output>
      <input
        id={id}
        name={name}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        aria-valuetext={shown}
        onInput={(event) => change(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
