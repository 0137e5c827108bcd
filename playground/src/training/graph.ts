import { type PageLanguage, renderHtml } from "@org/viz";
import type { Training } from "./training.ts";

/** The page of viz for what is being trained, with the values and gradients of the window that was read last. */
export async function graphPage(
  { graph, window }: Training,
  {
    unroll,
    gradients,
    dark,
    language,
  }: {
    readonly unroll: number;
    readonly gradients: boolean;
    readonly dark: boolean;
    readonly language: PageLanguage;
  },
): Promise<string> {
  const { ids, labels } = window;
  return renderHtml(graph.loss, {
    title: "Unroll",
    unroll,
    gradients,
    dark,
    language,
    feeds: { ids, labels },
  });
}
