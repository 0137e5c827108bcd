import { sourceLine } from "./graph/provenance.ts";
import type { Node } from "./graph/tensor.ts";
import { printedAs } from "./inspection.ts";
import { withPrefix } from "./report.ts";
import type { KernelTime } from "./runtime.ts";

/** What a part of a program takes in one call. */
export interface ProfiledPart {
  readonly name: string;
  readonly milliseconds: number;
  /** Operations on numbers: two for each multiplication with an addition of products, one for each function of an element. */
  readonly flops: number;
  /** Bytes that are read and written, each element once for a kernel. */
  readonly bytes: number;
  /** How often its kernels run. */
  readonly runs: number;
}

/** A piece of code, and where in the user's program it comes from. Of what was fused, the place that most of it comes from. */
export interface ProfiledKernel extends ProfiledPart {
  /** The regions that it lies in, the outermost first: layers, cells, gates, the optimizer. */
  readonly path: readonly string[];
  /** Whether it is part of a gradient. */
  readonly backward: boolean;
  /** `file:line:column` of the user's source; undefined where the stack does not tell. */
  readonly line: string | undefined;
}

/** Where the time of a call goes. `String(profile)` is a table. */
export interface Profile {
  /** Of a call as it always runs: the median of some. */
  readonly milliseconds: number;
  /** Calls whose kernels were timed. */
  readonly calls: number;
  /** The longest first. Their times are those on one thread, less what looking at the clock takes. */
  readonly kernels: readonly ProfiledKernel[];
  /** By outermost region, forwards and backwards apart; the longest first. */
  readonly layers: readonly ProfiledPart[];
  /** By line of the user's source; the longest first. */
  readonly lines: readonly ProfiledPart[];
}

/** What was measured, by kernel, layer and line. */
export function profileOf(measured: {
  readonly milliseconds: number;
  readonly calls: number;
  readonly kernels: readonly KernelTime[];
}): Profile {
  const { milliseconds, calls } = measured;
  const kernels = measured.kernels.map(locate).sort(longestFirst);
  const made: Profile = {
    milliseconds,
    calls,
    kernels,
    layers: gathered(
      kernels,
      ({ path, backward }) => (path[0] ?? "no layer") + (backward ? ", backward" : ""),
    ),
    lines: gathered(kernels, ({ line }) => line ?? "somewhere"),
  };
  return printedAs(made, () => showProfile(made));
}

const longestFirst = (a: ProfiledPart, b: ProfiledPart): number => b.milliseconds - a.milliseconds;

const pathOf = ({ origin }: Node): string[] => {
  const path: string[] = [];
  for (let scope = origin.scope; scope; scope = scope.parent) path.unshift(scope.label);
  return path;
};

function locate({ nodes, ...time }: KernelTime): ProfiledKernel {
  const places = new Map<string, { count: number; node: Node }>();
  for (const node of nodes) {
    const key = JSON.stringify([pathOf(node), node.origin.gradientOf !== undefined]);
    places.set(key, { count: (places.get(key)?.count ?? 0) + 1, node });
  }
  const [place] = [...places.values()].sort((a, b) => b.count - a.count);
  const node = place?.node;
  return {
    ...time,
    path: node ? pathOf(node) : [],
    backward: node?.origin.gradientOf !== undefined,
    line: node && sourceLine(node),
  };
}

function gathered(
  kernels: readonly ProfiledKernel[],
  nameOf: (kernel: ProfiledKernel) => string,
): readonly ProfiledPart[] {
  const parts = new Map<string, ProfiledPart>();
  for (const kernel of kernels) {
    const name = nameOf(kernel);
    const part = parts.get(name) ?? { name, milliseconds: 0, flops: 0, bytes: 0, runs: 0 };
    parts.set(name, {
      name,
      milliseconds: part.milliseconds + kernel.milliseconds,
      flops: part.flops + kernel.flops,
      bytes: part.bytes + kernel.bytes,
      runs: part.runs + kernel.runs,
    });
  }
  return [...parts.values()].sort(longestFirst);
}

/** Rows of each table. */
const MOST_ROWS = 8;
const NAME_WIDTH = 56;

function showProfile({ milliseconds, calls, kernels, layers, lines }: Profile): string {
  const total = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const row = ({ name, milliseconds, flops, bytes, runs }: ProfiledPart): string => {
    const rate = (amount: number, unit: string): string =>
      milliseconds > 0 && amount > 0 ? withPrefix((amount / milliseconds) * 1000, unit) : "";
    const short = name.length > NAME_WIDTH ? `…${name.slice(1 - NAME_WIDTH)}` : name;
    return [
      short.padEnd(NAME_WIDTH),
      milliseconds.toFixed(3).padStart(9),
      `${((100 * milliseconds) / (total || 1)).toFixed(0)} %`.padStart(6),
      String(runs).padStart(7),
      rate(flops, "FLOP/s").padStart(13),
      rate(bytes, "B/s").padStart(11),
    ].join("");
  };
  const table = (title: string, parts: readonly ProfiledPart[]): string[] => {
    const rest = parts.length - MOST_ROWS;
    return [
      `${title.padEnd(NAME_WIDTH)}${"ms".padStart(9)}${"".padStart(6)}${"runs".padStart(7)}`,
      ...parts.slice(0, MOST_ROWS).map(row),
      ...(rest > 0 ? [`… and ${rest} more`] : []),
    ];
  };
  return [
    `${milliseconds.toFixed(3)} ms a call; kernels, timed in ${calls} calls on one thread: ${total.toFixed(3)} ms`,
    ...table("by layer", layers),
    ...table("by line", lines),
    ...table("by kernel", kernels),
  ].join("\n");
}
