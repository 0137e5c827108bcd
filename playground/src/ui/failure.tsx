import type { JSX } from "preact";
import type { Reason } from "../problem.ts";
import { sentenceOf } from "../words/language.ts";

/** What went wrong, in the reader's language; below it what the library said, in its own. */
export function Failure({ reason }: { readonly reason: Reason | undefined }): JSX.Element | null {
  if (!reason) return null;
  return (
    <div class="failure" role="alert">
      <p>{sentenceOf(reason)}</p>
      {reason.detail && <pre lang="en">{reason.detail}</pre>}
    </div>
  );
}
