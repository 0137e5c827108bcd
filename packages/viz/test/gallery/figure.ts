/** A named figure: what it shows, and a function that draws it as SVG. */
export interface Figure {
  /** The row of the checklist. */
  readonly row: string;
  readonly name: string;
  readonly title: string;
  /** One or two sentences for readers. */
  readonly text: string;
  draw(): string | Promise<string>;
}
