/** A page whose program runs in a worker that Vite keeps inside the page's own file. */
import { codeAt, type Findings } from "./check.ts";
import { report } from "./report.ts";
// @ts-expect-error: what Vite makes of it has no declaration
import InlineWorker from "./worker.ts?worker&inline";

/** What the worker is made of: its URL is taken back as soon as it runs. */
let source = Promise.resolve("");
const { createObjectURL } = URL;
URL.createObjectURL = (blob) => {
  source = (blob as Blob).text();
  return createObjectURL.call(URL, blob);
};

report(
  new Promise<Findings>((resolve, reject) => {
    const worker = new InlineWorker() as {
      onmessage: (event: { data: Findings | { failed: string } }) => void;
      onerror: (event: { message: string }) => void;
    };
    const text = source;
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => {
      if ("failed" in data) reject(new Error(data.failed));
      else resolve(withCode(data, text));
    };
  }),
);

async function withCode(findings: Findings, text: Promise<string>): Promise<Findings> {
  const lines: Record<string, { place: string; code: string }> = {};
  for (const [name, { place }] of Object.entries(findings.lines))
    lines[name] = { place, code: await codeAt(place, () => text) };
  return { ...findings, lines };
}
