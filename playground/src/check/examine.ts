import { evaluate, grad, type NDArray } from "@org/core";
import { checkGradients } from "@org/core/testing";
import { renderSvg } from "@org/viz";
import { Problem } from "../problem.ts";
import { formulas } from "./formula.ts";
import { typedFunction } from "./function.ts";

/** Everything that is shown of a function. */
export interface Examination {
  readonly isSummed: boolean;
  readonly value: string;
  readonly formulas: readonly string[];
  readonly gradients: readonly { readonly name: string; readonly value: string }[];
  /** The check against finite differences, in words. */
  readonly report: string;
  readonly passed: boolean;
}

export interface Pictures {
  readonly graph: string;
  /** The graph with the ways on which gradients come back. */
  readonly backward: string;
  /** The gradients, which are a graph themselves; nothing for a function of no variables. */
  readonly gradients: string;
}

/** `draw` throws a Problem where there is no WebAssembly. @throws what `typedFunction` throws; NumericError where the function is not finite */
export function examine(
  text: string,
  values: Readonly<Record<string, string>>,
): { readonly found: Examination; draw(dark: boolean): Promise<Pictures> } {
  const { y, isSummed, variables } = typedFunction(text, values);
  const names = Object.keys(variables);
  const gradients = grad(y, variables);
  const shown = Object.fromEntries(names.map((name) => [`∂y/∂${name}`, gradients[name]!]));
  const result = evaluate({ y, gradients });
  const report = names.length > 0 ? checkGradients(y, variables) : undefined;
  return {
    found: {
      isSummed,
      value: show(result.y),
      formulas: formulas(shown, names),
      gradients: names.map((name) => ({ name: `∂y/∂${name}`, value: show(result.gradients[name]!) })),
      report: report?.text ?? "",
      passed: report?.passed ?? true,
    },
    draw: async (dark) => {
      if (!("WebAssembly" in globalThis)) throw new Problem({ kind: "noWebAssembly", said: {} });
      return {
        graph: await renderSvg(y, { dark }),
        backward: await renderSvg(y, { dark, gradients: true }),
        gradients: names.length > 0 ? await renderSvg(Object.values(gradients), { dark }) : "",
      };
    },
  };
}

const show = (value: NDArray): string =>
  JSON.stringify(value.toNested(), (_, part) =>
    typeof part === "number" ? Number(part.toPrecision(6)) : part,
  )
    .replaceAll(",", ", ")
    .replaceAll("], [", "],\n [");
