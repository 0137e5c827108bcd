import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { lazyPage } from "./lazy-page.tsx";
import { pages, route } from "./route.ts";
import { TrainPage } from "./train/train-page.tsx";
import { language, speak, words } from "./words/language.ts";

const LookPage = lazyPage(() => import("./look/look-page.tsx").then(({ LookPage }) => LookPage));
const UnderstandPage = lazyPage(() =>
  import("./understand/understand-page.tsx").then(({ UnderstandPage }) => UnderstandPage),
);

const CheckPage = lazyPage(() => import("./check/check-page.tsx").then(({ CheckPage }) => CheckPage));

/** Where the documentation lies, if this folder was built as a part of it. */
const documentation = import.meta.env.VITE_DOCUMENTATION as string | undefined;

export function App(): JSX.Element {
  const { page } = route.value;
  const { skip, pages: names, documentation: guide, otherLanguage } = words.value;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Whoever has chosen another page begins to read at its top.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [page]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {skip}
      </button>
      <header class="top">
        <p class="brand">
          <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
            <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="3" />
          </svg>
          Unroll
        </p>
        <nav aria-label="Unroll">
          {pages.map((each) => (
            <a key={each} href={`#/${each}`} aria-current={each === page ? "page" : undefined}>
              {names[each]}
            </a>
          ))}
          {documentation && <a href={documentation}>{guide}</a>}
        </nav>
        <button
          type="button"
          class="plain"
          id="language"
          lang={language.value === "vi" ? "en" : "vi"}
          onClick={() => {
            void speak(language.value === "vi" ? "en" : "vi");
          }}
        >
          {otherLanguage}
        </button>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {page === "train" && <TrainPage />}
        {page === "look" && <LookPage />}
        {page === "understand" && <UnderstandPage />}
        {page === "check" && <CheckPage />}
      </main>
    </>
  );
}
