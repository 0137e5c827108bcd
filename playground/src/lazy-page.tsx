import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Reason, reasonOf } from "./problem.ts";
import { Failure } from "./ui/failure.tsx";
import { words } from "./words/language.ts";

/** A page whose program is loaded when it is opened. */
export function lazyPage(load: () => Promise<ComponentType>): () => JSX.Element {
  let loaded: ComponentType | undefined;
  return function LazyPage() {
    const [Page, show] = useState<ComponentType | undefined>(() => loaded);
    const [problem, setProblem] = useState<Reason>();
    useEffect(() => {
      let wanted = true;
      if (!loaded)
        load().then(
          (page) => {
            loaded = page;
            if (wanted) show(() => page);
          },
          (error) => setProblem(reasonOf(error, "pageNotFetched")),
        );
      return () => {
        wanted = false;
      };
    }, []);
    if (Page) return <Page />;
    return problem ? <Failure reason={problem} /> : <p class="loading">{words.value.loading}</p>;
  };
}
