/** A power of two near the size of a value: what a step is a fraction of. */
export const unitOf = (value: number): number =>
  2 ** Math.round(Math.log2(Math.max(Math.abs(value), 2 ** -3)));

export const oneHot = (size: number, at: number, value = 1): Float64Array => {
  const vector = new Float64Array(size);
  vector[at] = value;
  return vector;
};

export const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, value, i) => total + value * b[i]!, 0);

export const absoluteDot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, value, i) => total + Math.abs(value * b[i]!), 0);

export const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
};
