/** How programs multiply and add: what the engine and the processor have, and what they were told to use of it. */
export interface Arithmetic {
  /** `x y + z` with one rounding, one instruction (relaxed SIMD), instead of two. */
  readonly fused: boolean;
  /** In pairs of neighbouring vectors, for an engine that packs them into vectors of twice the width. */
  readonly wide: boolean;
}

/** What every engine has: the same bits everywhere. */
export const PLAIN: Arithmetic = { fused: false, wide: false };
