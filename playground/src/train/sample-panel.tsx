import type { JSX } from "preact";
import { built, sample, write } from "../session.ts";
import { languageOf } from "../texts.ts";
import { number, words } from "../words/language.ts";

/** What the network writes by now. */
export function SamplePanel(): JSX.Element {
  const { train } = words.value;
  const written = sample.value;
  return (
    <section class="panel" aria-labelledby="sample-title">
      <div class="panel-head">
        <h2 id="sample-title">{train.sample}</h2>
        <button type="button" id="write" disabled={!built.value} onClick={() => void write()}>
          {train.write}
        </button>
      </div>
      {written ? (
        <>
          <blockquote id="sample" lang={languageOf(built.value?.text.name ?? "")}>
            <span class="prompt">{written.prompt}</span>
            {written.text}
          </blockquote>
          <p class="hint">
            {train.step} {number(written.step)}, {train.temperature} {number(written.temperature, 2)}
          </p>
        </>
      ) : (
        <p class="hint">{train.sampleNone}</p>
      )}
    </section>
  );
}
