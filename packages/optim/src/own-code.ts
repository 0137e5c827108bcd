import { ownCode } from "@org/core";

// Written by the build at both ends of the package's file; sources have none.
declare const codeBegins: (() => Error) | undefined;
declare const codeEnds: (() => Error) | undefined;

let told = false;

/** Tells core where this package lies in a bundle, so that source lines are those of who uses it. */
export function tellOwnCode(): void {
  if (told) return;
  told = true;
  if (typeof codeBegins === "function" && typeof codeEnds === "function")
    ownCode({ begin: codeBegins(), end: codeEnds() });
}
