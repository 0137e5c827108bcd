import "../styles/check.css";
import { Fragment, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Reason, reasonOf } from "../problem.ts";
import { Failure } from "../ui/failure.tsx";
import { Field } from "../ui/fields.tsx";
import { dark } from "../ui/scheme.ts";
import { words } from "../words/language.ts";
import { type Examination, examine, type Pictures } from "./examine.ts";
import { variablesOf } from "./function.ts";

const examples: readonly (readonly [text: string, values: Readonly<Record<string, string>>])[] = [
  [
    "sum((tanh(x @ W + b) - t)^2) / 2",
    { x: "[[0.5, -1]]", W: "[[0.2, -0.4, 1], [0.7, 0.1, -0.3]]", b: "[0, 0.1, 0.2]", t: "[[1, 0, -1]]" },
  ],
  ["z * h + (1 - z) * tanh(a)", { z: "0.3", h: "0.8", a: "-0.5" }],
  ["-log(σ(w * x))", { w: "0.7", x: "1.5" }],
  ["logSumExp(x)", { x: "[1, 2, 3]" }],
];

/** A function, its gradient, and whether differences agree. */
export function CheckPage(): JSX.Element {
  const { check } = words.value;
  const [text, setText] = useState(examples[0]![0]);
  const [values, setValues] = useState(examples[0]![1]);
  const [found, setFound] = useState<Examination>();
  const [pictures, setPictures] = useState<Pictures>();
  const [problem, setProblem] = useState<Reason>();
  const isDark = dark.value;

  const run = async (text: string, values: Readonly<Record<string, string>>): Promise<void> => {
    setProblem(undefined);
    setPictures(undefined);
    let examined: ReturnType<typeof examine>;
    try {
      examined = examine(text, values);
    } catch (error) {
      setFound(undefined);
      setProblem(reasonOf(error, "notExamined"));
      return;
    }
    setFound(examined.found);
    // Pictures need WebAssembly; the gradient and its check do not.
    try {
      setPictures(await examined.draw(isDark));
    } catch (error) {
      setProblem(reasonOf(error, "notDrawn"));
    }
  };
  useEffect(() => void run(text, values), [isDark]);

  return (
    <div class="wide">
      <h1 class="unseen">{words.value.pages.check}</h1>
      <form
        class="panel"
        aria-label={words.value.pages.check}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run(text, values);
        }}
      >
        <Field label={check.function}>
          {(id) => (
            <input
              id={id}
              name="function"
              class="code"
              spellcheck={false}
              autocomplete="off"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
        <p class="hint">{check.hint}</p>
        <div class="row values">
          {variablesOf(text).map((name) => (
            <Field key={name} label={name}>
              {(id) => (
                <input
                  id={id}
                  name={`value-${name}`}
                  class="code"
                  spellcheck={false}
                  autocomplete="off"
                  value={values[name] ?? "1"}
                  onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <div class="buttons">
          <button type="submit" class="primary" id="check">
            {check.run}
          </button>
          {examples.map(([example, itsValues], i) => (
            <button
              key={example}
              type="button"
              onClick={() => {
                setText(example);
                setValues(itsValues);
                void run(example, itsValues);
              }}
            >
              {check.example} {i + 1}
            </button>
          ))}
        </div>
      </form>
      <Failure reason={problem} />
      {found && <Found found={found} pictures={pictures} isDrawn={!problem} />}
    </div>
  );
}

function Found({
  found,
  pictures,
  isDrawn,
}: {
  readonly found: Examination;
  readonly pictures: Pictures | undefined;
  /** Whether there are pictures, or will be. */
  readonly isDrawn: boolean;
}): JSX.Element {
  const { check } = words.value;
  return (
    <>
      <section class="panel" aria-labelledby="formula-title">
        <h2 id="formula-title">{check.gradient}</h2>
        <pre id="formulas">{found.formulas.join("\n")}</pre>
        {found.isSummed && <p class="hint">{check.summed}</p>}
        <h2>{check.values}</h2>
        <dl class="found">
          <dt>y</dt>
          <dd id="value">{found.value}</dd>
          {found.gradients.map(({ name, value }) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
      </section>
      {found.report && (
        <section class="panel" aria-labelledby="report-title">
          <h2 id="report-title">{check.differences}</h2>
          <p class={found.passed ? "good" : "bad"} id="verdict" role="status">
            {found.passed ? check.agree : check.disagree}
          </p>
          <p class="hint">{check.report}</p>
          <pre lang="en">{found.report}</pre>
        </section>
      )}
      {isDrawn && (
        <div class="pair">
          <Picture title={check.graph} svg={pictures?.graph} />
          <Picture title={check.backward} svg={pictures?.backward} />
        </div>
      )}
      {isDrawn && pictures?.gradients !== "" && (
        <Picture title={check.gradientGraph} svg={pictures?.gradients} />
      )}
    </>
  );
}

function Picture({ title, svg }: { readonly title: string; readonly svg: string | undefined }): JSX.Element {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {svg ? (
        <img
          class="picture"
          alt={title}
          src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`}
        />
      ) : (
        <p class="hint">{words.value.look.drawing}</p>
      )}
    </section>
  );
}
