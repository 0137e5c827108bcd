import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { begin, failure } from "../session.ts";
import { Failure } from "../ui/failure.tsx";
import { words } from "../words/language.ts";
import { ColoredTextPanel } from "./colored-text-panel.tsx";
import { GraphPanel } from "./graph-panel.tsx";

/** What is being trained, as a graph and as what its units do while they read. */
export function LookPage(): JSX.Element {
  useEffect(() => {
    void begin();
  }, []);
  return (
    <div class="wide">
      <h1 class="unseen">{words.value.pages.look}</h1>
      <Failure reason={failure.value} />
      <GraphPanel />
      <ColoredTextPanel />
    </div>
  );
}
