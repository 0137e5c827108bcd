import type * as FastCheck from "fast-check";

let loaded: typeof FastCheck | undefined;

/**
 * fast-check is an optional peer: checks of gradients work without it, arbitraries load it when they are called. Through
 * Node's `require`, since `import` would wait, at the top level of a module even: bundles of CommonJS and for scripts cannot.
 * @throws Error where fast-check is not installed, and where there is no Node
 */
export function fastCheck(asker: string): typeof FastCheck {
  loaded ??= load(asker);
  return loaded;
}

function load(asker: string): typeof FastCheck {
  const node = globalThis.process?.getBuiltinModule?.("node:module");
  if (!node) throw new Error(`${asker} draws with fast-check, which is loaded in Node alone`);
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
