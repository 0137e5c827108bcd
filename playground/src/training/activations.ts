import { array, evaluate, input } from "@org/core";
import { probeCells, textFeatures } from "@org/nn";
import { Problem } from "../problem.ts";
import type { Activations } from "../protocol.ts";
import { read } from "./model.ts";
import type { Training } from "./training.ts";

/** Characters that are read. */
const MOST = 1500;

/**
 * What the units of the highest layer do while a text is read; how the text that is learned begins, if none is given.
 * Characters that the network does not know are left out.
 * @throws Problem where it knows none of them
 */
export function activationsOf({ corpus, model }: Training, given: string | undefined): Activations {
  const { vocabulary, training } = corpus;
  const known = new Set(vocabulary.characters);
  const asked = [...(given ?? vocabulary.decode(training.subarray(0, MOST)))].filter((each) =>
    known.has(each),
  );
  const text = asked.slice(0, MOST).join("");
  if (text === "") throw new Problem({ kind: "unknownCharacters", said: {} });
  const ids = vocabulary.encode(text);
  const tensor = input("ids", [ids.length, 1], "i32");
  const { outputs } = read(model, tensor);
  const shown = evaluate(outputs, { ids: array(ids, { shape: [ids.length, 1] }) });
  const units = shown.shape.at(-1)!;
  const values = Float32Array.from(shown.data);
  const rows = array(values, { shape: [ids.length, units] });
  return { text, units, values, ranked: probeCells(rows, textFeatures(text)) };
}
