/** How programs multiply and add: what the engine and the processor have, and what they were told to use of it. */
export interface Arithmetic {
  /** `x y + z` with one rounding, one instruction (relaxed SIMD), instead of two. */
  readonly fused: boolean;
  /** In pairs of neighbouring vectors, for an engine that packs them into vectors of twice the width. Same bits. */
  readonly wide: boolean;
}

/** What every engine has: the same bits everywhere. */
export const PLAIN: Arithmetic = { fused: false, wide: false };

let packs = false;

/** Whether the engine is known to pack pairs of vectors; no engine says so itself. */
export const packsPairs = (): boolean => packs;

/** Tells runtimes that are made from now on that the engine packs pairs of vectors, or that it does not. */
export function assumePairsPacked(packed: boolean): void {
  packs = packed;
}
