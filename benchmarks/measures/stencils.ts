import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unroll } from "../contestants.ts";
import type { Context, Measure } from "../measure.ts";
import { Session } from "../session.ts";
import { median, ratio, spread } from "../statistics.ts";
import { type Goal, ratioSpread, table, timeSpread } from "../tables.ts";
import type { Stencil } from "../workloads.ts";

const LIMIT = 1.3;
const source = join(import.meta.dirname, "../contestants/stencils.c");
/** All vectors that the processor has, and the 128 bits that WebAssembly has. */
const builds = { native: ["-march=native"], "128 bits": ["-msse4.2"] } as const;
type Build = keyof typeof builds;

/** The programs, or why there are none. */
function compileC(folder: string): Readonly<Record<Build, string>> | undefined {
  const paths = Object.entries(builds).map(([name, flags]) => {
    const path = join(folder, name.replaceAll(" ", "-"));
    const { status } = spawnSync("gcc", ["-O3", ...flags, source, "-o", path]);
    return [name, status === 0 ? path : undefined] as const;
  });
  if (paths.some(([, path]) => path === undefined)) return undefined;
  return Object.fromEntries(paths) as Record<Build, string>;
}

function runC(path: string, { form, dtype, steps }: Stencil, runs: number): { time: number; value: number } {
  const { stdout } = spawnSync(path, [`${form} ${dtype}`, `${steps}`, `${runs}`], { encoding: "utf8" });
  const [time, value] = stdout.split(" ").map(Number) as [number, number];
  return { time, value };
}

async function compare(stencil: Stencil, paths: Readonly<Record<Build, string>>, context: Context) {
  const session = new Session(unroll);
  const [ours, native, narrow]: number[][] = [[], [], []];
  try {
    await session.prepare({ kind: "stencil", stencil });
    const { times, values } = await session.run(20);
    const runs = Math.max(1, Math.ceil(context.turn / Math.min(...times)));
    for (let round = 0; round < context.rounds; round++) {
      ours!.push(median((await session.run(runs)).times));
      const [wide, other] = [runC(paths.native, stencil, runs), runC(paths["128 bits"], stencil, runs)];
      native!.push(wide.time);
      narrow!.push(other.time);
      const apart = Math.abs(values[0]! / wide.value - 1);
      if (!(apart < 1e-4)) throw new Error(`${stencil.form}: ${values[0]}, in C ${wide.value}`);
    }
  } finally {
    await session.stop();
  }
  return { ours: ours!, native: native!, narrow: narrow! };
}

/** Steps that read neighbours, beside loops in C. */
export const stencils: Measure = {
  name: "stencils",
  title: "Stencils beside C",
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), "unroll-stencils-"));
    try {
      const about =
        "The heat equation and an ODE by Runge and Kutta's method, 1,000 points, 100 steps, written with shifts, beside loops in " +
        "C by `gcc -O3`, once for all of this processor and once for vectors of 128 bits, which WebAssembly has. One thread; C says its " +
        "processor time, ours is the clock's.";
      const paths = compileC(folder);
      if (!paths) return { about, body: "There is no gcc here." };
      const steps = context.quick ? 20 : 100; // short, so that few runs are interrupted
      const rows: string[][] = [];
      const goals: Goal[] = [];
      for (const form of ["heat", "ode"] as const)
        for (const dtype of ["f32", "f64"] as const) {
          context.progress(`${form} ${dtype}`);
          const { ours, native, narrow } = await compare({ form, dtype, steps }, paths, context);
          const [all, same] = [ratio(ours, native), ratio(ours, narrow)];
          rows.push([
            `${form} ${dtype}`,
            timeSpread(spread(ours)),
            timeSpread(spread(native)),
            ratioSpread(all),
            ratioSpread(same),
          ]);
          goals.push({ what: `${form} ${dtype}, over C`, limit: LIMIT, reached: all.median });
        }
      const head = ["", "Unroll (range)", "C (range)", "Unroll over C", "over C of 128 bits"];
      return { about, body: table(head, rows), goals };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
