import { Names } from "../names.ts";

/** Words that a Python program of ours cannot use for its own values. */
const taken =
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with jax jnp lax np params state carried batch gradients outputs constants carry xs abs all any float int len list map max min pow range round set sum type zip";

/** Names for a function's own values. */
export const pythonNames = (): Names => new Names(taken.split(" "), identifier);

/** The letters of a name that Python takes: `gru.0.W_xz` → `gru_0_W_xz`, `∂L` → `L`. */
export function identifier(name: string): string {
  const letters = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "");
  if (letters === "") return "x";
  return /^[0-9]/.test(letters) ? `x${letters}` : letters;
}

/** Text inside double quotes. */
export const quoted = (text: string): string => JSON.stringify(text);
