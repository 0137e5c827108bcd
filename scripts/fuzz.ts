/**
 * `npx tsx scripts/fuzz.ts [--runs N] [--seed N] [--only TEXT]`: hands every reader of what others wrote (files, JSON,
 * records, equations) mutations of valid ones. Exits with 1 where one throws an error that its documentation does not name.
 */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz/fuzz.ts";
import { readers } from "./fuzz/readers.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    only: { type: "string", default: "" },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  console.error("fuzz: --runs and --seed are whole numbers, --runs from 1");
  process.exit(2);
}
console.log(`seed ${seed}`);
for (const reader of readers().filter(({ name }) => name.includes(values.only))) {
  const {
    name,
    runs: done,
    accepted,
    refused,
    faults,
  } = await fuzz(reader, seed, Math.ceil((runs * reader.share) / 100));
  console.log(
    `${name}: ${done} mutations, ${accepted} read, ${refused} refused, ${faults.length} kinds of fault`,
  );
  for (const { run, error } of faults)
    console.log(`  run ${run}: ${error instanceof Error ? error.stack : error}`);
  if (faults.length > 0) process.exitCode = 1;
}
