import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "./words/language.ts";

/** A page whose program is loaded when it is opened. */
export function lazyPage(load: () => Promise<ComponentType>): () => JSX.Element {
  let loaded: ComponentType | undefined;
  return function LazyPage() {
    const [Page, show] = useState<ComponentType | undefined>(() => loaded);
    useEffect(() => {
      let wanted = true;
      if (!loaded)
        void load().then((page) => {
          loaded = page;
          if (wanted) show(() => page);
        });
      return () => {
        wanted = false;
      };
    }, []);
    return Page ? <Page /> : <p class="loading">{words.value.loading}</p>;
  };
}
