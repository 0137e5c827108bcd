/** Matrices as nested arrays, and nothing of the library: what the notes' listings are ported to. */
export type Matrix = readonly (readonly number[])[];
export type Vector = readonly number[];

export const zip = (a: Matrix, b: Matrix, f: (x: number, y: number) => number): Matrix =>
  a.map((row, i) => row.map((x, j) => f(x, b[i]![j]!)));
export const map = (a: Matrix, f: (x: number) => number): Matrix => a.map((row) => row.map(f));

export const transpose = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
export const matmul = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((total, x, k) => total + x * b[k]![j]!, 0)));

/** A sum of matrices of one shape. */
export const add = (...terms: readonly Matrix[]): Matrix =>
  terms.reduce((a, b) => zip(a, b, (x, y) => x + y));
export const mul = (...factors: readonly Matrix[]): Matrix =>
  factors.reduce((a, b) => zip(a, b, (x, y) => x * y));
/** `a` with `b` added to every row. */
export const addRow = (a: Matrix, b: Vector): Matrix => a.map((row) => row.map((x, j) => x + b[j]!));
/** The sum of the rows: what a bias receives. */
export const sumRows = (a: Matrix): Vector =>
  a.reduce<Vector>((total, row) => row.map((x, j) => x + (total[j] ?? 0)), []);
export const outer = (a: Vector, b: Vector): Matrix => a.map((x) => b.map((y) => x * y));

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
export const softmax = (row: Vector): Vector => {
  const e = row.map((x) => Math.exp(x));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / total);
};

/** The mean cross-entropy of all steps' logits, and its gradient for each step. */
export function crossEntropy(
  logits: readonly Matrix[],
  labels: Matrix,
): { loss: number; gradients: Matrix[] } {
  const count = labels.length * labels[0]!.length;
  let loss = 0;
  const gradients = logits.map((rows, t) =>
    rows.map((row, b) => {
      const probabilities = softmax(row);
      const label = labels[t]![b]!;
      loss -= Math.log(probabilities[label]!) / count;
      return probabilities.map((p, k) => (p - Number(k === label)) / count);
    }),
  );
  return { loss, gradients };
}

/** Gradients under the names of the parameters, added up over the steps. */
export class Totals {
  readonly values: Record<string, Matrix> = {};

  add(name: string, gradient: Matrix): void {
    const before = this.values[name];
    this.values[name] = before ? add(before, gradient) : gradient;
  }

  /** What a block `x W_x· + h W_h· + b_·` receives, given the gradient of its value. */
  addBlock(letter: string, gradient: Matrix, x: Matrix, h: Matrix): void {
    this.add(`W_x${letter}`, matmul(transpose(x), gradient));
    this.add(`W_h${letter}`, matmul(transpose(h), gradient));
    this.add(`b_${letter}`, [sumRows(gradient)]);
  }
}
