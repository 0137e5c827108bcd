/**
 * Trained here, run elsewhere: ONNX Runtime writes what this library writes, letter by letter.
 *
 * A character GRU learns a little Moby-Dick. `toOnnx` writes one step of it as a file: a letter and the state come in, scores
 * and the next state go out, and the loop around it is a few lines of whatever language asks. ONNX Runtime's WebAssembly
 * engine runs it here in Node; a page that does the same is written to `out/deploy-onnx/page`, for any host. Scores are the
 * same to single precision, so with the likeliest letter each time the texts are equal.
 * Source: ONNX, https://onnx.ai; a step with its state as inputs and outputs is how its own recurrent demos are deployed.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, input, type NDArray } from "@org/core";
import { toOnnx } from "@org/export";
import {
  crossEntropy,
  Embedding,
  GRUCell,
  generate,
  Linear,
  parameters,
  recurrent,
  TextBatches,
  Vocabulary,
} from "@org/nn";
import { adam, chain, clipByGlobalNorm, minimize } from "@org/optim";
import { engine, enginePath } from "../shared/engines.ts";
import { readText } from "../shared/moby-dick.ts";
import { practise } from "../shared/practice.ts";
import { saveResults } from "../shared/result.ts";

const quick = process.argv.includes("--quick");
const [steps, hiddenSize, window, batch, length] = quick ? [60, 48, 16, 16, 200] : [800, 128, 40, 32, 1000];

const text = readText()
  .replaceAll(/\s+/g, " ")
  .replaceAll(/[^ -~]/g, "~");
const vocabulary = Vocabulary.of(text);

// 1. Trained as always.
const embedding = new Embedding({ count: vocabulary.size, size: 24, seed: 1 });
const cell = new GRUCell({ inputSize: 24, hiddenSize, update: "keep", reset: "after", seed: 2 });
const head = new Linear({ inputSize: hiddenSize, outputSize: vocabulary.size, seed: 3 });
const weights = parameters({ embedding, cell, head });
const ids = input("ids", [window, batch], "i32");
const labels = input("labels", [window, batch], "i32");
const loss = crossEntropy(head.apply(recurrent(cell, embedding.apply(ids)).outputs), labels);
const updates = minimize(loss, weights, chain(clipByGlobalNorm(1), adam({ learningRate: 4e-3 })));
const step = compile({ inputs: { ids, labels }, outputs: { loss }, updates });
const batches = new TextBatches(vocabulary.encode(text), { batch, steps: window });
await practise("network", steps, {
  batch: () => batches.next(),
  step: ({ ids, labels }) => step({ ids, labels }),
});

// 2. One step, with the state in and out, as a file.
const letter = input("letter", [1], "i32");
const h = input("h", [1, hiddenSize]);
const next = cell.step(embedding.apply(letter), { h });
const scores = head.apply(next.h);
const file = toOnnx({ inputs: { letter, h }, outputs: { scores, next_h: next.h }, parameters: weights });
const here = compile({ inputs: { letter, h }, outputs: { scores, next_h: next.h } });

// 3. The same letters through both; what is likeliest comes next.
interface OrtTensor {
  readonly data: Float32Array;
}
interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (
    type: "int32" | "float32",
    data: Int32Array | Float32Array,
    shape: readonly number[],
  ) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
    ): Promise<{ run(feeds: Record<string, OrtTensor>): Promise<Record<"scores" | "next_h", OrtTensor>> }>;
  };
}
const ort = engine("onnxruntime-web") as Ort;
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(file);
const prompt = vocabulary.encode("The whale ");
const likeliest = (scores: ArrayLike<number>): number =>
  Array.prototype.indexOf.call(scores, Math.max(...Array.from(scores)));

const written: number[] = [];
let farthest = 0;
let milliseconds = 0;
let state = new Float32Array(hiddenSize);
for (let i = 0; written.length < length; i++) {
  const letter = Int32Array.of(prompt[i] ?? written.at(-1)!);
  const start = performance.now();
  const there = await session.run({
    letter: new ort.Tensor("int32", letter, [1]),
    h: new ort.Tensor("float32", state, [1, hiddenSize]),
  });
  milliseconds += performance.now() - start;
  const own: { readonly scores: NDArray } = here({ letter, h: [Array.from(state)] });
  farthest = Math.max(
    farthest,
    ...own.scores.data.map((score, k) => Math.abs(score - there.scores.data[k]!)),
  );
  state = there.next_h.data as Float32Array<ArrayBuffer>;
  if (i >= prompt.length - 1) written.push(likeliest(there.scores.data));
}
const write = generate({
  step: (ids, { h }: { h: typeof next.h }) => {
    const { h: after } = cell.step(embedding.apply(ids), { h });
    return { logits: head.apply(after), state: { h: after } };
  },
  initialState: cell.initialState(1),
  temperature: 0,
});
write(prompt, { length }); // compiled, and warm
const start = performance.now();
const ownText = write(prompt, { length });
const own = performance.now() - start;
console.log(`\n${vocabulary.decode(written.slice(0, 200))}\n`);
console.log(`scores are at most ${farthest.toExponential(1)} apart`);
console.log(
  `${length} letters: ${milliseconds.toFixed(0)} ms in ONNX Runtime, a call a letter; ${own.toFixed(0)} ms here, \`generate\``,
);
assert(farthest < 1e-3, `scores are ${farthest} apart`);
assert.deepEqual([...ownText], written, "both write the same");

// 4. A page for any host.
const page = join("out", "deploy-onnx", "page");
mkdirSync(page, { recursive: true });
writeFileSync(join(page, "writer.onnx"), file);
const letters = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.decode([id]));
writeFileSync(join(page, "letters.json"), JSON.stringify({ letters, hiddenSize }));
copyFileSync(join(import.meta.dirname, "page.html"), join(page, "index.html"));
for (const name of ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"])
  copyFileSync(enginePath(`onnxruntime-web/dist/${name}`), join(page, name));
console.log(
  `the page: ${page}, ${(readFileSync(join(page, "writer.onnx")).length / 1000).toFixed(0)} kB of network`,
);
saveResults("deploy-onnx", {
  seeds: 1,
  results: [
    {
      metric: `letters that ONNX Runtime writes as this library does, of ${length}`,
      value: written.filter((id, i) => id === ownText[i]).length,
      baseline: `${written.filter((id) => id === vocabulary.encode(" ")[0]).length}, always a space`,
    },
  ],
});
