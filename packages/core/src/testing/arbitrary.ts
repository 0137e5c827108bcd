import type * as FastCheck from "fast-check";

/**
 * What draws values: an arbitrary of fast-check, which takes it wherever it takes one of its own. Written out here, since
 * types have to stand where fast-check is not installed; what only fast-check calls has no more type than that.
 */
export interface Arbitrary<T> {
  generate(random: never, bias: number | undefined): never;
  canShrinkWithoutContext(value: unknown): value is T;
  shrink(value: T, context: unknown): never;
  filter<U extends T>(refinement: (value: T) => value is U): Arbitrary<U>;
  filter(predicate: (value: T) => boolean): Arbitrary<T>;
  map<U>(mapper: (value: T) => U, unmapper?: (value: unknown) => T): Arbitrary<U>;
  chain<U>(chainer: (value: T) => Arbitrary<U>): Arbitrary<U>;
  noShrink(): Arbitrary<T>;
  noBias(): Arbitrary<T>;
}

/** An arbitrary of fast-check, of any kind, as an option takes it. */
export interface Drawn<T> {
  generate(random: never, bias: number | undefined): { readonly value: T };
}

/** An arbitrary as fast-check knows it. */
export const known = <T>(arbitrary: Arbitrary<T> | Drawn<T>): FastCheck.Arbitrary<T> =>
  arbitrary as unknown as FastCheck.Arbitrary<T>;

/** An arbitrary of fast-check as its users see it. */
export const shown = <T>(arbitrary: FastCheck.Arbitrary<T>): Arbitrary<T> =>
  arbitrary as unknown as Arbitrary<T>;
