/** A library that somebody else builds on the packages. */
export { check } from "./check.ts";
