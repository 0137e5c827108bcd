import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Reason, reasonOf } from "../problem.ts";
import type { Activations } from "../protocol.ts";
import { activations, built } from "../session.ts";
import { languageOf } from "../texts.ts";
import { Failure } from "../ui/failure.tsx";
import { Field, Whole } from "../ui/fields.tsx";
import { number, words } from "../words/language.ts";
import { colorText } from "./color-text.ts";

const features = ["insideQuotes", "linePosition", "depth"] as const;

/** A text on the colours of one unit, and buttons that find the unit which follows something. */
export function ColoredTextPanel(): JSX.Element {
  const { look } = words.value;
  const [seen, setSeen] = useState<Activations>();
  const [unit, setUnit] = useState(0);
  const [text, setText] = useState("");
  const [said, setSaid] = useState("");
  const [problem, setProblem] = useState<Reason>();
  const isBuilt = built.value !== undefined;

  const read = async (): Promise<Activations | undefined> => {
    setProblem(undefined);
    try {
      const found = await activations(text.trim() === "" ? undefined : text);
      setSeen(found);
      setUnit((unit) => Math.min(unit, found.units - 1));
      return found;
    } catch (error) {
      setProblem(reasonOf(error, "notRead"));
      return undefined;
    }
  };
  useEffect(() => {
    if (isBuilt) void read();
  }, [isBuilt]);

  /** The network may have learned since: it reads anew before a unit is chosen. */
  const find = async (feature: (typeof features)[number]): Promise<void> => {
    const best = (await read())?.ranked[feature]?.[0];
    if (!best) return;
    const found = best.correlation === 0 ? look.absent : look.found(best.unit, number(best.correlation, 2));
    if (best.correlation !== 0) setUnit(best.unit);
    setSaid(`${look.features[feature]}: ${found}`);
  };

  return (
    <section class="panel" aria-labelledby="colored-title">
      <h2 id="colored-title">{look.coloured}</h2>
      <p class="hint">{look.colouredHint}</p>
      <Field label={look.ownText}>
        {(id) => (
          <textarea
            id={id}
            name="read"
            rows={2}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="reading">
        <button type="button" id="read" disabled={!isBuilt} onClick={() => void read()}>
          {look.read}
        </button>
        <Whole
          label={look.unit}
          name="unit"
          value={unit}
          bounds={[0, (seen?.units ?? 1) - 1]}
          change={setUnit}
        />
      </div>
      <fieldset class="buttons">
        <legend>{look.find}</legend>
        {features.map((feature) => (
          <button
            key={feature}
            type="button"
            data-feature={feature}
            disabled={!isBuilt}
            onClick={() => void find(feature)}
          >
            {look.features[feature]}
          </button>
        ))}
      </fieldset>
      <p class="hint" role="status" id="found">
        {said}
      </p>
      <Failure reason={problem} />
      {seen && <Colored seen={seen} unit={unit} />}
      <p class="hint">{look.legend}</p>
    </section>
  );
}

function Colored({ seen, unit }: { readonly seen: Activations; readonly unit: number }): JSX.Element {
  const { text, units, values } = seen;
  const chosen = Number.isInteger(unit) && unit >= 0 && unit < units ? unit : 0;
  const column = Float32Array.from({ length: values.length / units }, (_, t) => values[t * units + chosen]!);
  // viz escapes what the text says.
  const html = colorText(text, column, { format: "html", columns: 100 });
  const lang = languageOf(built.value?.text.name ?? "");
  return <div class="colored" lang={lang} data-unit={chosen} dangerouslySetInnerHTML={{ __html: html }} />;
}
