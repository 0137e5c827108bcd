import { defineConfig, type Plugin, type UserConfig } from "vite";

/** What a page needs so that its threads may share memory; where a host sends no headers, the service worker adds them. */
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** A list of all files of the built folder, which the service worker keeps. */
const listFiles: Plugin = {
  name: "list-files",
  apply: "build",
  generateBundle(_, bundle) {
    const source = JSON.stringify(Object.keys(bundle).filter((name) => name !== "index.html"));
    this.emitFile({ type: "asset", fileName: "files.json", source });
  },
};

/** What every page needs, which compresses best in one file. */
const everywhere =
  /node_modules\/@?preact|playground\/src\/(problem|session|client|protocol|route|texts|ui\/(scheme|thinned|chart|fields|failure))/;

const config: UserConfig = defineConfig({
  // Addresses are relative: the folder works under any path of any host.
  base: "./",
  plugins: [listFiles],
  server: { host: "127.0.0.1", headers: isolated, fs: { allow: [".."] } },
  preview: { host: "127.0.0.1", headers: isolated },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: {
    format: "es",
    // What a worker shares with programs that it loads later: one file is smaller than several that name what they take from each other.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "core", minShareCount: 2, test: /packages\/core/ }] } },
    },
  },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "everywhere", test: everywhere }] } } },
  },
});

export default config;
