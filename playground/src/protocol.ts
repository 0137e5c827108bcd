/** What the page asks its worker for, and what the worker tells by itself. */
import type { Reason } from "./problem.ts";
import type { Dials, Settings, Text } from "./settings.ts";
import type { Diagnosis } from "./training/diagnostics.ts";
import type { Sample } from "./training/writer.ts";

/** What was built. */
export interface Built {
  readonly settings: Settings;
  readonly dials: Dials;
  readonly text: Text;
  readonly step: number;
  /** Streams read side by side, which may be fewer than were asked for. */
  readonly batch: number;
  readonly characters: number;
  readonly weights: number;
  readonly vocabulary: number;
  /** Threads that the steps run on. */
  readonly threads: number;
  readonly curves: Curves;
  readonly running: boolean;
}

/** What was seen since the run began. */
export interface Curves {
  /** Nats per character of every step. */
  readonly loss: readonly number[];
  /** The norm of the gradient before clipping. */
  readonly norm: readonly number[];
  /** On held-out text, after so many steps. */
  readonly heldOut: readonly { readonly step: number; readonly loss: number }[];
}

/** What the units of the highest layer did while they read a text. */
export interface Activations {
  readonly text: string;
  readonly units: number;
  /** `[time, units]`, row by row. */
  readonly values: Float32Array;
  /** For each feature of the text, units ranked by how they go with it. */
  readonly ranked: Readonly<
    Record<string, readonly { readonly unit: number; readonly correlation: number }[]>
  >;
}

/** Each request: what it takes, and what comes back. */
export interface Requests {
  build(made: { readonly settings: Settings; readonly dials: Dials; readonly text: Text }): Built;
  /** The run that the last visit left behind. */
  resume(): Built | undefined;
  play(): void;
  /** Answered when the run is kept. */
  pause(): void;
  once(): void;
  turn(dials: Dials): void;
  /** The matrices whose eigenvalues can be shown. */
  watch(watching: { readonly on: boolean; readonly matrix: string | undefined }): readonly string[];
  write(): Sample;
  weights(): Uint8Array;
  checkpoint(): Uint8Array;
  load(bytes: Uint8Array): Built;
  graph(options: {
    readonly unroll: number;
    readonly gradients: boolean;
    readonly dark: boolean;
    readonly language: "en" | "vi";
  }): string;
  activations(options: { readonly text: string | undefined }): Activations;
}

export type RequestName = keyof Requests;
export type Take<Name extends RequestName> = Parameters<Requests[Name]>;
export type Give<Name extends RequestName> = ReturnType<Requests[Name]>;

export interface Request<Name extends RequestName = RequestName> {
  readonly id: number;
  readonly name: Name;
  readonly take: Take<Name>;
}

/** An answer to a request, or an event. */
export type Message =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly reason: Reason }
  | Progress
  | { readonly kind: "diagnosis"; readonly diagnosis: Diagnosis }
  | { readonly kind: "sample"; readonly sample: Sample }
  | { readonly kind: "stopped"; readonly reason?: Reason };

/** What came since the last message of this kind. */
export interface Progress {
  readonly kind: "progress";
  readonly step: number;
  readonly loss: readonly number[];
  readonly norm: readonly number[];
  readonly heldOut: Curves["heldOut"];
  /** Characters per second, over the last second or so. */
  readonly speed: number;
}
