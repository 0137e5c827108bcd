import type { Node, Scope } from "@org/core";
import type { Group } from "./vertex.ts";

/** Groups of nodes by the regions of the graph they were made in. */
export class Groups {
  readonly #ids = new Map<Scope, string>();
  readonly #places = new Map<Scope, string>();
  readonly #counts = new Map<Scope, Map<string, number>>();

  /** The groups of a node, from the outermost; within a loop only those that lie in it. */
  of({ origin: { scope, gradientOf } }: Node, loop?: Node): Group[] {
    const outer = new Set(chainOf(loop?.origin.scope));
    const suffix = gradientOf ? " ∂" : "";
    return chainOf(scope)
      .filter((each) => !outer.has(each))
      .map((each) => {
        const id = this.#id(each) + suffix;
        const name = each.step === undefined ? each.label : (each.parent?.label ?? "cell");
        const key = this.#key(each) + suffix;
        return { id, key, name: gradientOf ? `∂ ${name}` : name, cell: each.step !== undefined };
      });
  }

  /** Steps that were written out one by one correspond to each other within their region, and so do regions in them. */
  #key(scope: Scope): string {
    const { parent, step, label } = scope;
    if (step !== undefined) return `${parent ? this.#id(parent) : ""} steps`;
    if (!chainOf(parent).some((outer) => outer.step !== undefined)) return this.#id(scope);
    const known = this.#places.get(scope);
    if (known !== undefined) return known;
    const alike = `${this.#key(parent!)} ${label}`;
    const inParent = this.#counts.get(parent!) ?? new Map<string, number>();
    this.#counts.set(parent!, inParent);
    const place = inParent.get(alike) ?? 0;
    inParent.set(alike, place + 1);
    this.#places.set(scope, `${alike} ${place}`);
    return `${alike} ${place}`;
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
