import type * as FastCheck from "fast-check";
import { GraphError } from "../errors.ts";

/** What every arbitrary takes beside its own options. */
export interface DrawOptions {
  /**
   * fast-check itself, as `import fc from "fast-check"` gives it. Default: it is loaded where there is Node; in browsers,
   * where nothing can be loaded at once, it has to be given.
   */
  readonly fc?: object;
}

let loaded: typeof FastCheck | undefined;

/**
 * fast-check is an optional peer: checks of gradients work without it, arbitraries load it when they are called. Through
 * Node's `require`, since `import` would wait, at the top level of a module even: bundles of CommonJS and for scripts cannot.
 * @throws GraphError for an option `fc` that is not fast-check; Error where it is neither given nor installed
 */
export function fastCheck(asker: string, { fc }: DrawOptions): typeof FastCheck {
  if (fc !== undefined) return checked(asker, fc);
  loaded ??= load(asker);
  return loaded;
}

function checked(asker: string, fc: unknown): typeof FastCheck {
  const isFastCheck = typeof fc === "object" && fc !== null && "record" in fc && "oneof" in fc;
  if (isFastCheck) return fc as typeof FastCheck;
  throw new GraphError({
    op: asker,
    problem: `fc: expected fast-check, received ${fc === null ? "null" : typeof fc}`,
    hint: 'import fc from "fast-check"',
  });
}

function load(asker: string): typeof FastCheck {
  const node = globalThis.process?.getBuiltinModule?.("node:module");
  if (!node)
    throw new Error(
      `${asker} draws with fast-check, which loads itself in Node alone: elsewhere, import fc from "fast-check" and give it as the option fc`,
    );
  // From beside this file; from the folder of the process where a bundle does not say where it lies.
  const places = [import.meta.url, `${process.cwd()}/`].filter((place) => place !== undefined);
  let missing: unknown;
  for (const place of places) {
    try {
      return node.createRequire(place)("fast-check") as typeof FastCheck;
    } catch (error) {
      missing = error;
    }
  }
  throw new Error(`${asker} draws with fast-check, which is not installed: add it to the devDependencies`, {
    cause: missing,
  });
}
