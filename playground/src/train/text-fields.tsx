import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { attempt } from "../session.ts";
import type { Text } from "../settings.ts";
import { fetchText, isShipped, languageOf, readText, shipped } from "../texts.ts";
import { Choice, Field } from "../ui/fields.tsx";
import { words } from "../words/language.ts";

/** The text that the next run learns from. One that ships is fetched when the run begins. */
export const textDraft: Signal<Text> = signal({ name: "time-machine", content: "" });

export const chosenText = async (): Promise<Text> => {
  const { name } = textDraft.value;
  return isShipped(name) ? fetchText(name) : textDraft.value;
};

/** The text of a file that was chosen or dropped. */
export async function takeFile(file: File): Promise<void> {
  textDraft.value = (await attempt(readText(file))) ?? textDraft.value;
}

/** Which text, and where it is the reader's own, the text itself. */
export function TextFields(): JSX.Element {
  const { train } = words.value;
  const { name, content } = textDraft.value;
  const id = useId();
  const choice = isShipped(name) ? name : "own";
  return (
    <>
      <Choice
        label={train.text}
        name="text"
        value={choice}
        options={[
          ...shipped.map((each) => [each, train.texts[each], languageOf(each)] as const),
          ["own", train.texts.own] as const,
        ]}
        choose={(chosen) => {
          textDraft.value = { name: chosen, content: "" };
        }}
      />
      {choice === "own" && (
        <>
          <Field label={train.ownText}>
            {(area) => (
              <textarea
                id={area}
                name="own-text"
                rows={6}
                value={content}
                aria-describedby={`${area}-hint`}
                onInput={(event) => {
                  textDraft.value = { name: "own", content: event.currentTarget.value };
                }}
              />
            )}
          </Field>
          <p class="hint">{train.ownHint}</p>
          <div class="field">
            <label for={id}>{train.file}</label>
            <input
              id={id}
              type="file"
              accept=".txt,text/*"
              onChange={async ({ currentTarget }) => {
                const [chosen] = currentTarget.files ?? [];
                if (chosen) await takeFile(chosen);
              }}
            />
          </div>
        </>
      )}
    </>
  );
}
