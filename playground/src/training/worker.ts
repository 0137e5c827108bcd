/** The worker that trains: it owns the run, and answers the page. */
import { Problem, reasonOf, type Unforeseen } from "../problem.ts";
import type { Give, Message, Request, RequestName, Take } from "../protocol.ts";
import { wrongDial, wrongSetting } from "../settings.ts";
import { files, Run } from "./run.ts";
import { kept } from "./storage.ts";

const tell = (message: Message): void => postMessage(message);

let run: Run | undefined;

const current = (): Run => {
  if (run) return run;
  throw new Problem({ kind: "noNetwork", said: {} });
};

/** The new run takes the place of the old one, once it is there. */
async function replace(next: Run): Promise<void> {
  const before = run;
  run = next;
  await before?.end();
}

type Answers = {
  readonly [Name in RequestName]: (...take: Take<Name>) => Give<Name> | Promise<Give<Name>>;
};

const answers: Answers = {
  async build(made) {
    await replace(await Run.make(made, tell));
    return current().built;
  },
  async resume() {
    const stored = await kept();
    // A page of another day may have kept what this one does not know.
    if (!stored || wrongSetting(stored.settings) || wrongDial(stored.dials)) return undefined;
    const made = await Run.stored(stored, tell);
    await replace(made);
    if (stored.running) made.play();
    return made.built;
  },
  play: () => current().play(),
  pause: () => current().pause(),
  once: () => current().once(),
  turn: (dials) => current().turn(dials),
  watch: (watching) => current().watch(watching),
  write: async () => (await current().writer()).write(240),
  weights: async () => (await files()).weightsFile(current().training),
  checkpoint: async () => (await files()).checkpointFile(current().training, current().dials),
  async load(bytes) {
    const { loadInto, planOf } = await files();
    const before = current();
    const plan = planOf(bytes, before.training.corpus.vocabulary.toJSON());
    const { settings = before.training.settings, dials = before.dials, step } = plan;
    // Threads are this machine's business, not the file's.
    const { threads } = before.training.settings;
    const made = await Run.make({ settings: { ...settings, threads }, dials, text: before.text }, tell, {
      step,
    });
    try {
      loadInto(made.training, bytes, plan);
    } catch (error) {
      await made.end();
      throw error;
    }
    await replace(made);
    await made.keep();
    return made.built;
  },
  graph: async (options) => (await import("./graph.ts")).graphPage(current().training, options),
  activations: async ({ text }) => (await import("./activations.ts")).activationsOf(current().training, text),
};

/** What an error means that nobody foresaw. */
const unforeseen: Readonly<Partial<Record<RequestName, Unforeseen>>> = {
  build: "notBuilt",
  resume: "notBuilt",
  load: "notLoaded",
  graph: "notDrawn",
  activations: "notRead",
};

/** Requests are answered one after the other: each finds what the one before it has left. */
let queue: Promise<void> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  const answer = async (): Promise<void> => {
    const { id, name, take } = data;
    try {
      const value = await (answers[name] as (...take: unknown[]) => unknown)(...take);
      tell({ kind: "answer", id, value });
    } catch (error) {
      tell({ kind: "refusal", id, reason: reasonOf(error, unforeseen[name] ?? "stopped") });
    }
  };
  queue = queue.then(answer);
});
