import { noRewrites } from "../../src/rewrite/pipeline.ts";
import type { Draft, Job } from "../../src/runtime.ts";

/** A job that is compiled as it is, without rewrites. */
export const asDrawn = (job: Job): Draft => ({
  drawn: job,
  rewrites: noRewrites,
  *rewritten() {
    yield;
    return job;
  },
});
