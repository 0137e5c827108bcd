import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { begin, failure, watch } from "../session.ts";
import { Failure } from "../ui/failure.tsx";
import { words } from "../words/language.ts";
import { Controls } from "./controls.tsx";
import { Curves } from "./curves.tsx";
import { FilesPanel } from "./files-panel.tsx";
import { Inside } from "./inside.tsx";
import { SamplePanel } from "./sample-panel.tsx";
import { SettingsForm } from "./settings-form.tsx";

/** A network that learns before the reader's eyes. */
export function TrainPage(): JSX.Element {
  useEffect(() => {
    void begin();
    void watch(true);
    return () => void watch(false);
  }, []);
  return (
    <>
      <h1 class="unseen">{words.value.pages.train}</h1>
      <Controls />
      <Failure reason={failure.value} />
      <div class="columns">
        <div class="wide">
          <SamplePanel />
          <Curves />
          <Inside />
        </div>
        <div class="narrow">
          <SettingsForm />
          <FilesPanel />
        </div>
      </div>
    </>
  );
}
