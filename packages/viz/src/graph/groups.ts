import type { Node, Scope } from "@org/core";
import type { Group } from "./vertex.ts";

/** Groups of nodes by the regions of the graph they were made in. */
export class Groups {
  readonly #ids = new Map<Scope, string>();

  /** The groups of a node, from the outermost; within a loop only those that lie in it. */
  of({ origin: { scope, gradientOf } }: Node, loop?: Node): Group[] {
    const outer = new Set(chainOf(loop?.origin.scope));
    const suffix = gradientOf ? " ∂" : "";
    return chainOf(scope)
      .filter((each) => !outer.has(each))
      .map((each) => {
        const id = this.#id(each) + suffix;
        const name = each.step === undefined ? each.label : (each.parent?.label ?? "cell");
        // Steps that were written out one by one correspond to each other within their region.
        const key =
          each.step === undefined ? id : `${each.parent ? this.#id(each.parent) : ""} steps${suffix}`;
        return { id, key, name: gradientOf ? `∂ ${name}` : name, cell: each.step !== undefined };
      });
  }

  #id(scope: Scope): string {
    const known = this.#ids.get(scope) ?? `g${this.#ids.size}`;
    this.#ids.set(scope, known);
    return known;
  }
}

/** From the outermost. */
function chainOf(scope: Scope | undefined): Scope[] {
  const chain: Scope[] = [];
  for (let at = scope; at; at = at.parent) chain.unshift(at);
  return chain;
}
