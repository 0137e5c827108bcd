/** Scalar floats: arithmetic, comparisons, constants, and conversions between scalars. */
export const floatRows = {
  "f32 f32 -> i32": { "f32.ne": 0x5c },
  "f32 f32 -> f32": {
    "f32.add": 0x92,
    "f32.sub": 0x93,
  },
  "f64 f64 -> i32": {
    "f64.eq": 0x61,
    "f64.ne": 0x62,
    "f64.gt": 0x64,
  },
  "f64 -> f64": { "f64.abs": 0x99 },
  "f64 f64 -> f64": {
    "f64.add": 0xa0,
    "f64.sub": 0xa1,
    "f64.mul": 0xa2,
    "f64.copysign": 0xa6,
  },
  "f64: -> f64": { "f64.const": 0x44 },
  "i64 -> i32": { "i32.wrap_i64": 0xa7 },
  "i32 -> i64": {
    "i64.extend_i32_s": 0xac,
    "i64.extend_i32_u": 0xad,
  },
  "i64 -> f64": {
    "f64.convert_i64_s": 0xb9,
    "f64.convert_i64_u": 0xba,
    "f64.reinterpret_i64": 0xbf,
  },
  "f32 -> f64": { "f64.promote_f32": 0xbb },
  "f64 -> i64": { "i64.reinterpret_f64": 0xbd },
} as const;
