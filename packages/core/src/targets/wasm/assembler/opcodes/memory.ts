/** Loads and stores of scalars; atomics, whose memory is shared and whose addresses are aligned. */
export const memoryRows = {
  "memory 4: i32 -> i32": {
    "i32.load": 0x28,
    "i32.atomic.load": 0xfe_010,
  },
  "memory 8: i32 -> i64": { "i64.load": 0x29 },
  "memory 4: i32 -> f32": { "f32.load": 0x2a },
  "memory 8: i32 -> f64": { "f64.load": 0x2b },
  "memory 1: i32 -> i32": { "i32.load8_u": 0x2d },
  "memory 2: i32 -> i32": { "i32.load16_u": 0x2f },
  "memory 4: i32 i32 ->": {
    "i32.store": 0x36,
    "i32.atomic.store": 0xfe_017,
  },
  "memory 8: i32 i64 ->": { "i64.store": 0x37 },
  "memory 4: i32 f32 ->": { "f32.store": 0x38 },
  "memory 8: i32 f64 ->": { "f64.store": 0x39 },
  "memory 1: i32 i32 ->": { "i32.store8": 0x3a },
  "memory 2: i32 i32 ->": { "i32.store16": 0x3b },
  "memory 4: i32 i32 -> i32": {
    "memory.atomic.notify": 0xfe_000,
    "i32.atomic.rmw.add": 0xfe_01e,
    "i32.atomic.rmw.sub": 0xfe_025,
  },
  "memory 4: i32 i32 i64 -> i32": { "memory.atomic.wait32": 0xfe_001 },
} as const;
