import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Reason, reasonOf } from "../problem.ts";
import { built, graph } from "../session.ts";
import { Failure } from "../ui/failure.tsx";
import { Choice, Whole } from "../ui/fields.tsx";
import { dark } from "../ui/scheme.ts";
import { language, words } from "../words/language.ts";

const MOST_STEPS = 8;

/** The page of viz, in a frame of its own. */
export function GraphPanel(): JSX.Element {
  const { look } = words.value;
  const [shape, setShape] = useState<"unrolled" | "rolled">("unrolled");
  const [steps, setSteps] = useState(3);
  const [gradients, setGradients] = useState(true);
  const [html, setHtml] = useState("");
  const [drawing, setDrawing] = useState(false);
  const [problem, setProblem] = useState<Reason>();
  const isBuilt = built.value !== undefined;

  const draw = async (): Promise<void> => {
    setDrawing(true);
    setProblem(undefined);
    try {
      const unroll = shape === "rolled" ? 0 : Math.min(MOST_STEPS, Math.max(1, Math.round(steps) || 1));
      setHtml(await graph({ unroll, gradients, dark: dark.value, language: language.value }));
    } catch (error) {
      setProblem(reasonOf(error, "notDrawn"));
    } finally {
      setDrawing(false);
    }
  };
  useEffect(() => {
    if (isBuilt) void draw();
  }, [isBuilt, shape, gradients, language.value]);

  return (
    <section class="panel" aria-labelledby="graph-title">
      <h2 id="graph-title">{look.graph}</h2>
      <p class="hint">{look.graphHint}</p>
      <div class="row graph-options">
        <Choice<"unrolled" | "rolled">
          label={look.loops}
          name="shape"
          value={shape}
          options={[
            ["unrolled", look.unrolled],
            ["rolled", look.rolled],
          ]}
          choose={setShape}
        />
        {shape === "unrolled" && (
          <Whole label={look.steps} name="steps" value={steps} bounds={[1, MOST_STEPS]} change={setSteps} />
        )}
        <label class="check">
          <input
            type="checkbox"
            name="gradients"
            checked={gradients}
            onChange={(event) => setGradients(event.currentTarget.checked)}
          />
          {look.gradients}
        </label>
        <button type="button" id="draw" disabled={!isBuilt || drawing} onClick={() => void draw()}>
          {drawing ? look.drawing : look.draw}
        </button>
      </div>
      <Failure reason={problem} />
      {html ? (
        <iframe class="graph" title={look.frame} srcdoc={html} />
      ) : (
        <p class="graph loading">{look.drawing}</p>
      )}
    </section>
  );
}
