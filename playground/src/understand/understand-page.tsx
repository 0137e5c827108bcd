import "../styles/chapters.css";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { route } from "../route.ts";
import { language, words } from "../words/language.ts";
import { backpropagation } from "./backpropagation.tsx";
import type { Chapter } from "./chapter.ts";
import { clipping } from "./clipping.tsx";
import { Equation, Marked } from "./equation.tsx";
import { gate } from "./gate.tsx";
import { memoryTask } from "./memory-task.tsx";
import { oneStep } from "./one-step.tsx";
import { truncation } from "./truncation.tsx";
import { unrolling } from "./unrolling.tsx";
import { vanishing } from "./vanishing.tsx";

const chapters: readonly Chapter[] = [
  oneStep,
  unrolling,
  backpropagation,
  vanishing,
  clipping,
  gate,
  memoryTask,
  truncation,
];

/** The story of recurrent networks in eight chapters. */
export function UnderstandPage(): JSX.Element {
  const asked = Number(route.value.place ?? 1);
  const at = Number.isInteger(asked) && asked >= 1 && asked <= chapters.length ? asked : 1;
  const { understand } = words.value;
  const chapter = chapters[at - 1]!;
  const { title, paragraphs, task } = chapter.told[language.value];
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [at]);
  const { Play } = chapter;
  return (
    <div class="understand">
      <nav class="chapters" aria-label={understand.chapters}>
        <ol>
          {chapters.map(({ told }, i) => (
            <li key={told.en.title}>
              <a href={`#/understand/${i + 1}`} aria-current={i + 1 === at ? "page" : undefined}>
                {told[language.value].title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <article class="panel chapter" data-chapter={at}>
        <h1 ref={heading} tabIndex={-1}>
          {at}. {title}
        </h1>
        {paragraphs.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        {chapter.equations.map((text) => (
          <Equation key={text} text={text} />
        ))}
        <section class="play" aria-label={understand.play}>
          <p class="task">
            <Marked text={task} />
          </p>
          <Play key={at} />
        </section>
        <p class="buttons">
          {at > 1 && <a href={`#/understand/${at - 1}`}>← {understand.before}</a>}
          {at < chapters.length && <a href={`#/understand/${at + 1}`}>{understand.next} →</a>}
        </p>
      </article>
    </div>
  );
}
