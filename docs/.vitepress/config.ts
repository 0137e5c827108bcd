import { join } from "node:path";
import { type DefaultTheme, defineConfig, type UserConfig } from "vitepress";
import { base, out, site } from "../build/places.ts";
import { withPictures } from "./pictures.ts";
import { sidebar } from "./sidebar.ts";

const page = (text: string, link: string) => ({ text, link });

const config: UserConfig<DefaultTheme.Config> = defineConfig({
  title: "Unroll",
  description:
    "Automatic differentiation for TypeScript on a symbolic compute graph, made for recurrent networks",
  lang: "en",
  base,
  outDir: site,
  cacheDir: join(out, "cache"),
  srcExclude: ["README.md", "out/**"],
  head: [["link", { rel: "icon", href: "data:," }]],
  lastUpdated: false,
  // Built beside the pages after them; build/check-links.ts looks at these links.
  ignoreDeadLinks: [/playground\//],
  markdown: { math: true, config: withPictures },
  vite: { publicDir: "public" },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      page("Start", "/start/"),
      page("Guides", "/guides/graphs"),
      page("Notes", "/notes/"),
      page("Comparison", "/comparison"),
      page("API", "/api/"),
      { ...page("Playground", "/playground/"), target: "_self" },
    ],
    sidebar,
  },
});

export default config;
