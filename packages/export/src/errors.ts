import { GraphError, type Node, sourceLine } from "@org/core";

/** A node that a format has no words for. */
export function untranslatable(op: string, node: Node, why = "is not one of the library's ops"): GraphError {
  const line = sourceLine(node);
  return new GraphError({ op, problem: `${node.op.name} ${why}${line ? ` (made at ${line})` : ""}` });
}
