/** What stands beside pages. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { out } from "../build/places.ts";

interface Entry {
  readonly text: string;
  readonly link: string;
  readonly kinds: readonly {
    readonly text: string;
    readonly items: readonly { text: string; link: string }[];
  }[];
}

const page = (text: string, link: string) => ({ text, link });

/** The pages of the reference, as TypeDoc has written them. */
const file = join(out, "reference.json");
const entries: readonly Entry[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];

/** What stands beside the pages of an entry: what can be called. Types are reached from signatures and from the list. */
const besideEntry = ({ text, link, kinds }: Entry) => [
  { text: "API", items: entries.map((other) => page(other.text, other.link)) },
  { text, link },
  ...kinds
    .filter(({ text }) => !/^(Interfaces|Type Aliases)$/.test(text))
    .map(({ text, items }) => ({ text, items: [...items] })),
];

/** The pages that people read, in order. */
const reading = [
  {
    text: "Start",
    items: [
      page("In sixty seconds", "/start/"),
      page("Install", "/start/install"),
      page("What runs where", "/start/what-runs-where"),
    ],
  },
  {
    text: "The graph",
    items: [
      page("Think in graphs", "/guides/graphs"),
      page("Shapes and dtypes", "/guides/shapes"),
      page("Gradients of any order", "/guides/gradients"),
      page("Loops", "/guides/loops"),
      page("Compile, runtimes, threads", "/guides/compile"),
    ],
  },
  {
    text: "Networks",
    items: [
      page("Recurrent networks", "/guides/recurrent"),
      page("Training", "/guides/training"),
      page("Generating text", "/guides/generate"),
      page("Weights in and out", "/guides/weights"),
    ],
  },
  {
    text: "Finding out",
    items: [
      page("Pictures", "/guides/pictures"),
      page("Checking gradients", "/guides/checks"),
      page("Finding a NaN", "/guides/nan"),
      page("Making it fast", "/guides/fast"),
      page("Testing", "/guides/testing"),
      page("Writing your own", "/guides/extending"),
    ],
  },
  {
    text: "From the notes to code",
    items: [
      page("Contents", "/notes/"),
      page("The RNN cell", "/notes/rnn"),
      page("Gradients through time", "/notes/gradients"),
      page("LSTM", "/notes/lstm"),
      page("GRU", "/notes/gru"),
      page("Deep and bidirectional", "/notes/deep"),
      page("Language models", "/notes/language"),
    ],
  },
  {
    text: "Coming from",
    items: [
      page("PyTorch", "/coming-from/pytorch"),
      page("JAX", "/coming-from/jax"),
      page("Keras and TensorFlow.js", "/coming-from/keras"),
    ],
  },
  page("Comparison", "/comparison"),
];

export const sidebar: DefaultTheme.SidebarMulti = {
  "/": reading,
  "/api/": [{ text: "API", items: entries.map(({ text, link }) => page(text, link)) }],
  ...Object.fromEntries(entries.map((entry) => [entry.link, besideEntry(entry)])),
};
