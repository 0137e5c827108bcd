import { type DType, isFloat } from "./dtype.ts";
import { GraphError } from "./errors.ts";
import { inWords } from "./inspection.ts";

let floats: "f32" | "f64" = "f32";

/**
 * The dtype of floats that have none of their own: `f32`, in `withDType` what it says. For functions and layers of your
 * own with an option `dtype`.
 * @example
 * defaultDType(); // → "f32"
 * withDType("f64", defaultDType); // → "f64"
 */
export const defaultDType = (): "f32" | "f64" => floats;

/**
 * What `build` returns, built with another dtype of floats: plain numbers and nested arrays, `input`, `parameter`,
 * `zeros`, `randomNormal`, initialisers and layers without a `dtype`, and quotients of integers are `dtype`. What has one
 * keeps it, as do numbers beside it. Only building is meant; graphs run the same inside and outside. Blocks nest.
 * @throws GraphError for another dtype, and for a `build` that goes on later: an async function
 * @example
 * withDType("f64", () => add([0.1], 0.2)).dtype; // → "f64"
 * withDType("f64", () => add(new Float32Array(1), 0.2)).dtype; // → "f32"
 */
export function withDType<Built>(dtype: "f32" | "f64", build: () => Built): Built {
  if (dtype !== "f32" && dtype !== "f64") {
    throw new GraphError({ op: "withDType", problem: `dtype is "f32" or "f64", received ${inWords(dtype)}` });
  }
  if (typeof build !== "function")
    throw new GraphError({ op: "withDType", problem: `expected a function, received ${typeof build}` });
  const outside = floats;
  floats = dtype;
  try {
    const built = build();
    if (built instanceof Promise) {
      built.catch(() => {}); // the error below is the one that counts
      const problem = "expected a function that builds at once, received one that returns a promise";
      throw new GraphError({ op: "withDType", problem, hint: "await first, then build inside of withDType" });
    }
    return built;
  } finally {
    floats = outside;
  }
}

/** The default for integers and booleans, the dtype itself for floats: what `exp`, `div` and `mean` compute in. */
export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : floats);
