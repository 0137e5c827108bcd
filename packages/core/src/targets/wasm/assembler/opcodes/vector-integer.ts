/** Integer lanes: i8x16, i16x8, i32x4, i64x2. */
export const vectorIntegerRows = {
  "v128 v128 -> v128": {
    "i8x16.ne": 0x24,
    "i32x4.eq": 0x37,
    "i32x4.ne": 0x38,
    "i32x4.lt_s": 0x39,
    "i32x4.gt_s": 0x3b,
    "i32x4.le_s": 0x3d,
    "i32x4.ge_s": 0x3f,
    "i8x16.add": 0x6e,
    "i32x4.add": 0xae,
    "i32x4.sub": 0xb1,
    "i32x4.mul": 0xb5,
    "i32x4.min_s": 0xb6,
    "i32x4.max_s": 0xb8,
    "i64x2.add": 0xce,
    "i64x2.sub": 0xd1,
  },
  "v128 -> v128": {
    "i32x4.abs": 0xa0,
    "i32x4.neg": 0xa1,
    "i64x2.extend_low_i32x4_s": 0xc7,
  },
  "v128 i32 -> v128": {
    "i32x4.shl": 0xab,
    "i32x4.shr_s": 0xac,
    "i32x4.shr_u": 0xad,
    "i64x2.shl": 0xcb,
    "i64x2.shr_s": 0xcc,
    "i64x2.shr_u": 0xcd,
  },
} as const;
