import type { Preset } from "../theme.ts";
import type { PageWords, ViewName } from "./words.ts";

/** What the page knows of its pictures, as JSON. */
export interface PageData {
  readonly title: string;
  readonly preset: Preset;
  /** All that the page says. */
  readonly words: Omit<PageWords, "notes">;
  /** The view that the page opens with. */
  readonly shown: ViewName;
  /** What the page leaves out, in words. */
  readonly note?: string;
  /** From the coarsest: by layers, by cells, loops rolled, loops written out; those that differ. */
  readonly views: readonly View[];
}

export interface View {
  /** Also the start of the ids in its picture. */
  readonly name: ViewName;
  /** Names of the graphs that stand side by side, where there are several. */
  readonly parts: readonly string[];
  /** From left to right, part by part. */
  readonly panels: readonly PanelData[];
  readonly marks: readonly MarkData[];
  /** What can be folded: steps of loops, layers and regions. */
  readonly groups: readonly GroupData[];
  /** Indices into `marks`, in the direction of data, and what else is true of the line: a sum of `edgeFlags`. */
  readonly edges: readonly (readonly [from: number, to: number, flags?: number])[];
}

/** What is true of a line: a gradient flows back along it, it leads to the next step, gradients are cut on it. */
export const edgeFlags = { gradient: 1, carry: 2, cut: 4 } as const;

/** A time column, the steps that are not shown, or what lies outside of loops. */
export interface PanelData {
  readonly kind: "outside" | "step" | "more";
  readonly title: string;
  readonly stage: number;
  /** The time step, for the column of one step. */
  readonly step?: number;
  /** Index of the graph that it is of. Default 0. */
  readonly part?: number;
  /** `‖∂L/∂·‖` of the step. */
  readonly norm?: JsonNumber;
  readonly loss?: JsonNumber;
}

/** A number as JSON has it; `NaN` and infinities by name. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface GroupData {
  readonly name: string;
  /** Its time column. */
  readonly title: string;
  /** Index of the panel it lies in. */
  readonly panel: number;
  /** The same for all steps of a loop. */
  readonly layer: string;
  /** Index of the group that it lies in. */
  readonly parent?: number;
  /** Whether the page opens with it folded. */
  readonly folded?: boolean;
}

export interface MarkData {
  readonly id: string;
  /** Index of the innermost group it can be folded into. */
  readonly group?: number;
  readonly label: string;
  /** Its whole name, where the label is another. */
  readonly name?: string;
  /** The shape, as it stands below the label. */
  readonly caption?: string;
  /** The same for corresponding marks of all columns. */
  readonly key: string;
  /** Index of its panel; absent for what is drawn once for all panels of its part. */
  readonly panel?: number;
  /** Index of the graph that it is of. Default 0. */
  readonly part?: number;
  /** Whether differentiation made it. */
  readonly derived?: boolean;
  /** Whether it is the loss itself, whose gradient is 1. */
  readonly loss?: boolean;
  /** Whether it is an activation of what it reads as it is, not of weighted sums. */
  readonly pointwise?: boolean;
  /** Whether it is a part of the optimizer. */
  readonly optimizer?: boolean;
  readonly kind: "operator" | "variable" | "parameter" | "literal" | "cell" | "loop" | "more" | "cut";
  /** What it is, in words. */
  readonly role: string;
  readonly op?: string;
  /** The op's own rule of shapes. */
  readonly rule?: string;
  readonly shape?: string;
  readonly dtype?: string;
  readonly equation?: string;
  /** The user's line that made it. */
  readonly source?: string;
  /** The region of the graph it was made in. */
  readonly scope?: string;
  /** The time column it stands in. */
  readonly time?: string;
  readonly values?: Statistics;
  /** `‖∂L/∂mark‖`. */
  readonly gradient?: JsonNumber;
}

/** What an array holds. Smallest, mean and largest of the finite elements, absent where there are none. */
export interface Statistics {
  readonly count: number;
  readonly min?: JsonNumber;
  readonly mean?: JsonNumber;
  readonly max?: JsonNumber;
  /** The square root of the sum of squares. */
  readonly norm: JsonNumber;
  /** Elements that are NaN or infinite. */
  readonly bad: number;
}
