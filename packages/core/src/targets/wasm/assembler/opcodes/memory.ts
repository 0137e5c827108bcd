/** Loads and stores of scalars. */
export const memoryRows = {
  "memory 4: i32 -> i32": { "i32.load": 0x28 },
  "memory 8: i32 -> i64": { "i64.load": 0x29 },
  "memory 4: i32 -> f32": { "f32.load": 0x2a },
  "memory 8: i32 -> f64": { "f64.load": 0x2b },
  "memory 1: i32 -> i32": { "i32.load8_u": 0x2d },
  "memory 2: i32 -> i32": { "i32.load16_u": 0x2f },
  "memory 4: i32 i32 ->": { "i32.store": 0x36 },
  "memory 8: i32 i64 ->": { "i64.store": 0x37 },
  "memory 4: i32 f32 ->": { "f32.store": 0x38 },
  "memory 8: i32 f64 ->": { "f64.store": 0x39 },
  "memory 1: i32 i32 ->": { "i32.store8": 0x3a },
  "memory 2: i32 i32 ->": { "i32.store16": 0x3b },
} as const;

/** Atomics, whose memory is shared and whose addresses are aligned. */
export const atomicRows = {
  "memory 4: i32 i32 -> i32": {
    "memory.atomic.notify": 0x00,
    "i32.atomic.rmw.add": 0x1e,
    "i32.atomic.rmw.sub": 0x25,
  },
  "memory 4: i32 i32 i64 -> i32": { "memory.atomic.wait32": 0x01 },
  "memory 4: i32 -> i32": { "i32.atomic.load": 0x10 },
  "memory 4: i32 i32 ->": { "i32.atomic.store": 0x17 },
} as const;
