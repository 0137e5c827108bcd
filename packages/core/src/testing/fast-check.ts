import type * as FastCheck from "fast-check";

/** fast-check is an optional peer: checks of gradients work without it, arbitraries ask for it when they are called. */
const loaded: typeof FastCheck | { readonly missing: unknown } = await import("fast-check").catch(
  (missing: unknown) => ({ missing }),
);

/** @throws Error where fast-check is not installed */
export function fastCheck(asker: string): typeof FastCheck {
  if (!("missing" in loaded)) return loaded;
  throw new Error(`${asker} draws with fast-check, which is not installed: add it to the devDependencies`, {
    cause: loaded.missing,
  });
}
