/** The run of this page: what is known of it, and what may be done with it. */
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Client } from "./client.ts";
import { type Reason, reasonOf, type Unforeseen } from "./problem.ts";
import type { Activations, Built, Curves, Message, Take } from "./protocol.ts";
import { type Dials, firstDials, firstSettings, type Settings, type Text } from "./settings.ts";
import { fetchText } from "./texts.ts";
import type { Diagnosis } from "./training/diagnostics.ts";
import type { Sample } from "./training/writer.ts";
import { language } from "./words/language.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer E)[] ? E[] : T[Key] };

const noCurves = (): Mutable<Curves> => ({ loss: [], norm: [], heldOut: [] });

export const built: Signal<Built | undefined> = signal();
export const building: Signal<boolean> = signal(false);
export const running: Signal<boolean> = signal(false);
export const step: Signal<number> = signal(0);
export const speed: Signal<number> = signal(0);
export const dials: Signal<Dials> = signal(firstDials);
export const sample: Signal<Sample | undefined> = signal();
export const diagnosis: Signal<Diagnosis | undefined> = signal();
export const matrices: Signal<readonly string[]> = signal([]);
export const matrix: Signal<string | undefined> = signal();
/** Why the last thing that was asked for was not done. */
export const failure: Signal<Reason | undefined> = signal();
/** Curves grow in place; `changes` counts how often. */
export let curves: Mutable<Curves> = noCurves();
const counted: Signal<number> = signal(0);
export const changes: ReadonlySignal<number> = counted;

/** Threads that training may use here: more than one only where memory may be shared. */
export const mostThreads: number = globalThis.crossOriginIsolated
  ? Math.min(16, navigator.hardwareConcurrency)
  : 1;

let client: Client | undefined;
const connected = (): Client => (client ??= new Client(hear));

function hear(event: Exclude<Message, { kind: "answer" | "refusal" }>): void {
  if (event.kind === "progress") {
    if (curves.loss.length === 0) performance.mark("first-step");
    curves.loss.push(...event.loss);
    curves.norm.push(...event.norm);
    curves.heldOut.push(...event.heldOut);
    batch(() => {
      step.value = event.step;
      speed.value = event.speed;
      counted.value++;
    });
    watchAgain();
  } else if (event.kind === "diagnosis") diagnosis.value = event.diagnosis;
  else if (event.kind === "sample") sample.value = event.sample;
  else {
    running.value = false;
    if (event.reason) failure.value = event.reason;
  }
}

/** What comes of something that may fail; nothing where it does, which the page then says. */
export async function attempt<T>(
  made: Promise<T>,
  unforeseen: Unforeseen = "stopped",
): Promise<T | undefined> {
  try {
    return await made;
  } catch (error) {
    failure.value = reasonOf(error, unforeseen);
    return undefined;
  }
}

/** Shows what came of something that replaces the run. */
async function adopt(made: Promise<Built | undefined>): Promise<boolean> {
  building.value = true;
  failure.value = undefined;
  const result = await attempt(made);
  building.value = false;
  if (!result) return false;
  batch(() => {
    curves = {
      ...result.curves,
      loss: [...result.curves.loss],
      norm: [...result.curves.norm],
      heldOut: [...result.curves.heldOut],
    };
    built.value = result;
    dials.value = result.dials;
    step.value = result.step;
    running.value = result.running;
    [sample.value, diagnosis.value, matrices.value] = [undefined, undefined, []];
    counted.value++;
  });
  watched = false;
  if (result.step > 0) watchAgain();
  return true;
}

/** The run of the last visit goes on, or a first one begins by itself. */
export async function begin(): Promise<void> {
  if (client) return;
  const resumed = await adopt(connected().ask("resume"));
  if (resumed || built.value) return;
  const text = await attempt(fetchText(language.value === "vi" ? "kieu" : "time-machine"));
  if (!text) return;
  // A few threads: networks of this size gain nothing from more.
  const settings = { ...firstSettings, threads: Math.min(2, mostThreads) };
  if (await build(settings, text)) await play();
}

export const build = (settings: Settings, text: Text): Promise<boolean> =>
  adopt(connected().ask("build", { settings, dials: dials.value, text }));

export const load = (bytes: Uint8Array): Promise<boolean> => adopt(connected().ask("load", bytes));

export async function play(): Promise<void> {
  running.value = true;
  await attempt(connected().ask("play"));
}

export async function pause(): Promise<void> {
  await attempt(connected().ask("pause"));
  running.value = false;
}

export async function once(): Promise<void> {
  running.value = false;
  await attempt(connected().ask("once"));
}

export function turn(changed: Partial<Dials>): void {
  dials.value = { ...dials.value, ...changed };
  void attempt(connected().ask("turn", dials.value));
}

let watching = false;
/** Whether the worker knows that somebody looks. It is told after the first step, which comes sooner so. */
let watched = false;

function watchAgain(): void {
  if (watching && !watched) void watch(true);
}

/** Whether somebody looks at what is inside of the network. */
export async function watch(on: boolean): Promise<void> {
  watching = on;
  if (!built.value || step.value === 0) return;
  watched = on;
  matrices.value = (await attempt(connected().ask("watch", { on, matrix: matrix.value }))) ?? [];
}

export async function write(): Promise<void> {
  sample.value = (await attempt(connected().ask("write"))) ?? sample.value;
}

export const file = (what: "weights" | "checkpoint"): Promise<Uint8Array | undefined> =>
  attempt(connected().ask(what));

export const graph = (options: Take<"graph">[0]): Promise<string> => connected().ask("graph", options);

export const activations = (text: string | undefined): Promise<Activations> =>
  connected().ask("activations", { text });
