/** Integer lanes: i8x16, i16x8, i32x4, i64x2. */
export const vectorIntegerRows = {
  "v128 v128 -> v128": {
    "i8x16.ne": 0xfd_024,
    "i32x4.eq": 0xfd_037,
    "i32x4.ne": 0xfd_038,
    "i32x4.lt_s": 0xfd_039,
    "i32x4.gt_s": 0xfd_03b,
    "i32x4.le_s": 0xfd_03d,
    "i32x4.ge_s": 0xfd_03f,
    "i8x16.add": 0xfd_06e,
    "i32x4.add": 0xfd_0ae,
    "i32x4.sub": 0xfd_0b1,
    "i32x4.mul": 0xfd_0b5,
    "i32x4.min_s": 0xfd_0b6,
    "i32x4.max_s": 0xfd_0b8,
    "i64x2.add": 0xfd_0ce,
    "i64x2.sub": 0xfd_0d1,
  },
  "v128 -> v128": {
    "i32x4.abs": 0xfd_0a0,
    "i32x4.neg": 0xfd_0a1,
    "i64x2.extend_low_i32x4_s": 0xfd_0c7,
  },
  "v128 i32 -> v128": {
    "i32x4.shl": 0xfd_0ab,
    "i32x4.shr_s": 0xfd_0ac,
    "i32x4.shr_u": 0xfd_0ad,
    "i64x2.shl": 0xfd_0cb,
    "i64x2.shr_s": 0xfd_0cc,
    "i64x2.shr_u": 0xfd_0cd,
  },
} as const;
