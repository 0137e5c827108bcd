/** What the page knows of its pictures, as JSON. */
export interface PageData {
  readonly title: string;
  /** The rolled picture and the one with loops written out, or the only one. */
  readonly views: readonly View[];
}

export interface View {
  /** Also the start of the ids in its picture. */
  readonly name: "rolled" | "unrolled";
  readonly marks: readonly MarkData[];
  /** Indices into `marks`, in the direction of data. */
  readonly edges: readonly (readonly [from: number, to: number])[];
}

/** A number as JSON has it; `NaN` and infinities by name. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface MarkData {
  readonly id: string;
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
