import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Op } from "../../src/graph/op.ts";

export interface OpRecordFound {
  /** The family, as its file is called: `ops/exponential.ts`. */
  readonly file: string;
  readonly op: Op;
}

const folder = join(import.meta.dirname, "../../src/ops");

const isOp = (name: string, value: unknown): value is Op =>
  name.endsWith("Op") && typeof value === "object" && value !== null && "evaluate" in value;

/** Every op of every family, so that a new one is swept without being named here. */
export async function opRecords(): Promise<OpRecordFound[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const families = await Promise.all(
    files.sort().map(async (file) => ({ file, exports: await import(join(folder, file)) })),
  );
  return families.flatMap(({ file, exports }) =>
    Object.entries(exports).flatMap(([name, op]) => (isOp(name, op) ? [{ file: `ops/${file}`, op }] : [])),
  );
}
