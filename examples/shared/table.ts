/** Columns of equal width: numbers to the right, words to the left; "–" is a number that there is not. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map(String));
  const widths = head.map((title, i) => Math.max(title.length, ...texts.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[], isNumber: (column: number) => boolean): string =>
    cells
      .map((cell, i) => (isNumber(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("   ")
      .trimEnd();
  const numeric = (column: number): boolean =>
    rows.every((row) => typeof row[column] === "number" || row[column] === "–");
  return [
    line(head, numeric),
    widths.map((width) => "─".repeat(width)).join("   "),
    ...texts.map((row) => line(row, numeric)),
  ].join("\n");
}
