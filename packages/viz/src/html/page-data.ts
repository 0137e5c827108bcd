/** What the page knows of its pictures, as JSON. */
export interface PageData {
  readonly title: string;
  /** The view that the page opens with. */
  readonly shown: View["name"];
  /** What the page leaves out, in words. */
  readonly note?: string;
  /** From the coarsest: by layers, by cells, loops rolled, loops written out; those that differ. */
  readonly views: readonly View[];
}

export interface View {
  /** Also the start of the ids in its picture. */
  readonly name: "layers" | "cells" | "rolled" | "unrolled";
  readonly marks: readonly MarkData[];
  /** What can be folded: steps of loops, layers and regions outside of them. */
  readonly groups: readonly GroupData[];
  /** Indices into `marks`, in the direction of data. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** A number as JSON has it; `NaN` and infinities by name. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface GroupData {
  readonly name: string;
  /** Its time column. */
  readonly title: string;
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
