import { compile, type NDArray } from "@org/core";
import { gradientFlow, saturation, spectrum } from "@org/nn";
import type { Training } from "./training.ts";

/** What is seen of a network from time to time. */
export interface Diagnosis {
  readonly step: number;
  /** `‖∂L/∂h_t‖` over the window, for each layer. */
  readonly flow: readonly Float64Array[];
  /** For each gate the share of its values below 0.1, and above 0.9. */
  readonly gates: readonly { readonly name: string; readonly shut: number; readonly open: number }[];
  /** Of one recurrent matrix. */
  readonly spectrum: {
    readonly matrix: string;
    readonly re: readonly number[];
    readonly im: readonly number[];
    readonly radius: number;
  };
}

/** A matrix of more rows has so many eigenvalues that computing them would hold the training up. */
const MOST_ROWS = 160;

/** Watches a training. Compiled when it is first asked for. */
export class Diagnostics {
  /** The recurrent matrices whose eigenvalues can be shown, by the names of weights. */
  readonly matrices: readonly string[];
  readonly #training: Training;
  readonly #look: () => {
    flow: readonly NDArray[];
    gates: Readonly<Record<string, Record<"below" | "above", NDArray>>>;
  };

  constructor(training: Training) {
    const { graph, runtime, settings, weights } = training;
    this.#training = training;
    this.matrices = recurrentMatrices(training);
    const { ids, labels, loss, outputs, state } = graph;
    const hasGates =
      settings.cell !== "rnn" && (settings.cell !== "typed" || /σ|sigmoid/.test(settings.equations));
    const look = compile({
      runtime,
      inputs: { ids, labels },
      outputs: {
        flow: gradientFlow(
          loss,
          state.map(({ h }) => h!),
        ),
        gates: hasGates ? saturation(outputs) : {},
      },
    });
    this.#look = () => {
      const { ids, labels } = training.window;
      return look({ ids, labels });
    };
    if (Object.keys(weights).length === 0) throw new Error("no weights");
  }

  look(matrix: string | undefined): Diagnosis {
    const { flow, gates } = this.#look();
    return {
      step: this.#training.step,
      flow: flow.map(({ data }) => Float64Array.from(data)),
      gates: Object.entries(gates).map(([name, { below, above }]) => ({
        name,
        shut: meanOf(below),
        open: meanOf(above),
      })),
      spectrum: this.#spectrum(matrix),
    };
  }

  #spectrum(asked: string | undefined): Diagnosis["spectrum"] {
    const matrix = asked !== undefined && this.matrices.includes(asked) ? asked : this.matrices[0];
    if (matrix === undefined) return { matrix: "", re: [], im: [], radius: 0 };
    const { eigenvalues, spectralRadius } = spectrum(this.#training.weights[matrix]!);
    return {
      matrix,
      re: eigenvalues.map(({ re }) => re),
      im: eigenvalues.map(({ im }) => im),
      radius: spectralRadius,
    };
  }
}

/** Square matrices that multiply a state: of typed cells all that are square, of others `W_h…`. */
function recurrentMatrices({ settings, weights }: Training): string[] {
  const { hidden, cell } = settings;
  if (hidden > MOST_ROWS) return [];
  return Object.entries(weights).flatMap(([name, { shape }]) => {
    const square = shape.length === 2 && shape.every((length) => length === hidden);
    const wanted = cell === "typed" ? /\.W(?!_x)\w*$/ : /\.W_h\w$/;
    return square && wanted.test(name) ? [name] : [];
  });
}

const meanOf = ({ data }: NDArray): number =>
  data.length === 0 ? 0 : Array.from(data).reduce((a, b) => a + b, 0) / data.length;
