import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { built, file, load } from "../session.ts";
import { words } from "../words/language.ts";

function download(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Weights and checkpoints, down and up. */
export function FilesPanel(): JSX.Element {
  const { train } = words.value;
  const id = useId();
  const [loaded, setLoaded] = useState(false);
  const disabled = !built.value;
  const save = async (what: "weights" | "checkpoint"): Promise<void> => {
    const bytes = await file(what);
    if (bytes) download(bytes, `${what}.safetensors`);
  };
  return (
    <section class="panel">
      <h2>{train.files}</h2>
      <div class="buttons">
        <button type="button" id="save-weights" disabled={disabled} onClick={() => void save("weights")}>
          {train.saveWeights}
        </button>
        <button
          type="button"
          id="save-checkpoint"
          disabled={disabled}
          onClick={() => void save("checkpoint")}
        >
          {train.saveCheckpoint}
        </button>
      </div>
      <div class="field">
        <label for={id}>{train.load}</label>
        <input
          id={id}
          name="load"
          type="file"
          accept=".safetensors"
          disabled={disabled}
          onChange={async ({ currentTarget }) => {
            const [chosen] = currentTarget.files ?? [];
            setLoaded(false);
            if (chosen) setLoaded(await load(new Uint8Array(await chosen.arrayBuffer())));
            currentTarget.value = "";
          }}
        />
      </div>
      <p class="hint" role="status">
        {loaded ? train.loaded : ""}
      </p>
    </section>
  );
}
