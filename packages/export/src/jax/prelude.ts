/** What printed programs need of Python beside JAX: each helper, and how one sees that it is used. */

interface Helper {
  readonly used: RegExp;
  readonly code: string;
}

const helpers: readonly Helper[] = [
  {
    used: /\b_to_int32\(/,
    code: `def _to_int32(x):
    """The whole part; NaN is 0, and what is out of range the nearest integer."""
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return x.astype(jnp.int32)
    inside = jnp.where(jnp.isnan(x) | (x >= 2**31) | (x < -(2**31)), 0, x).astype(jnp.int32)
    return jnp.where(x >= 2**31, 2**31 - 1, jnp.where(x < -(2**31), -(2**31), inside)).astype(jnp.int32)`,
  },
  {
    used: /\b_starts\(/,
    code: `def _starts(starts):
    """Starts of a box. JAX counts negative ones from the end; here they are moved inside."""
    return tuple(jnp.maximum(starts, 0))`,
  },
  {
    used: /\b_windows\(/,
    code: `def _windows(count, stride, size, dilation):
    """Where the elements of all windows lie along an axis: [count, size]."""
    return np.arange(count)[:, None] * stride + np.arange(size) * dilation`,
  },
  {
    used: /\b_(bits|unit)\(/,
    code: `def _threefry(key, count):
    """Threefry-2x32 with 20 rounds (Salmon et al. 2011) of the counters (i, 0): the same words as in TypeScript."""
    k0, k1 = jnp.split(lax.bitcast_convert_type(key, jnp.uint32), 2, axis=-1)
    keys = (k0, k1, k0 ^ k1 ^ jnp.uint32(0x1BD11BDA))
    a = jnp.arange(count, dtype=jnp.uint32) + k0
    b = jnp.broadcast_to(k1, a.shape)
    for i in range(5):
        for bits in ((13, 15, 26, 6), (17, 29, 16, 24))[i % 2]:
            a = a + b
            b = (b << bits | b >> 32 - bits) ^ a
        a = a + keys[(i + 1) % 3]
        b = b + keys[(i + 2) % 3] + jnp.uint32(i + 1)
    return a, b`,
  },
  {
    used: /\b_bits\(/,
    code: `def _bits(key, shape):
    """Random i32 words: of one key, or of each of several."""
    a, _ = _threefry(key, math.prod(shape))
    return lax.bitcast_convert_type(a, jnp.int32).reshape(key.shape[:-1] + shape)`,
  },
  {
    used: /\b_unit\(/,
    code: `def _unit(key, shape, dtype):
    """Uniform on [0, 1): 24 bits for f32, 53 for f64."""
    a, b = _threefry(key, math.prod(shape))
    shape = key.shape[:-1] + shape
    if dtype == jnp.float32:
        return ((a >> 8).astype(dtype) * 2.0**-24).reshape(shape)
    high, low = (a >> 5).astype(dtype), (b >> 6).astype(dtype)
    return ((high * 2.0**26 + low) * 2.0**-53).reshape(shape)`,
  },
];

/** The helpers that a program uses. */
export const helpersFor = (program: string): string[] =>
  helpers.filter(({ used }) => used.test(program)).map(({ code }) => code);
