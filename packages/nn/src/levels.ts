import { GraphError } from "@org/core";

/** More levels than anybody writes, and far fewer than overflow the stack. */
const MOST_LEVELS = 1000;

/** @throws GraphError at a level of a model, counted from 0, beyond the 1000th: there is no end to it */
export function requireEnd(op: string, level: number): void {
  if (level <= MOST_LEVELS) return;
  const problem = `models within models, more than ${MOST_LEVELS} deep, or one that contains itself`;
  throw new GraphError({ op, problem });
}
