import type { Tensor } from "@org/core";

/**
 * A loop node's attributes. Body inputs are `[constants, carries, xs]`, its outputs `[carries, histories]`; the node's
 * operands are `[constants, initial carries, stacked xs]`, its results `[final carries, stacked histories]`.
 */
export interface Loop {
  readonly body: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] };
  readonly constants: number;
  readonly carries: number;
  readonly length: number;
  readonly reverse: boolean;
}
