import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engines, plainName as plain, unroll, wideName as wide } from "../contestants.ts";
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

interface Compared {
  readonly name: string;
  readonly ours: readonly number[];
  readonly native: readonly number[];
  readonly narrow: readonly number[];
}

/** Ours on each engine, and C, in turns. */
async function compare(
  stencil: Stencil,
  paths: Readonly<Record<Build, string>>,
  context: Context,
): Promise<Compared[]> {
  const compared: { name: string; session: Session; ours: number[]; native: number[]; narrow: number[] }[] =
    [];
  try {
    for (const contestant of [unroll, ...engines]) {
      const session = new Session(contestant);
      compared.push({ name: contestant.name, session, ours: [], native: [], narrow: [] });
      await session.prepare({ kind: "stencil", stencil });
      await session.run(1000); // the optimising compiler has had its turn
    }
    for (let round = 0; round < context.rounds; round++) {
      for (const { session, ours, native, narrow } of compared) {
        const { times, values } = await session.run(20);
        const runs = Math.max(1, Math.ceil(context.turn / Math.min(...times)));
        ours.push(median((await session.run(runs)).times));
        const [all, same] = [runC(paths.native, stencil, runs), runC(paths["128 bits"], stencil, runs)];
        native.push(all.time);
        narrow.push(same.time);
        const apart = Math.abs(values[0]! / all.value - 1);
        if (!(apart < 1e-4)) throw new Error(`${stencil.form}: ${values[0]}, in C ${all.value}`);
      }
    }
  } finally {
    await Promise.all(compared.map(({ session }) => session.stop()));
  }
  return compared;
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
          for (const { name, ours, native, narrow } of await compare(
            { form, dtype, steps },
            paths,
            context,
          )) {
            const [all, same] = [ratio(ours, native), ratio(ours, narrow)];
            rows.push([
              `${form} ${dtype}: ${name}`,
              timeSpread(spread(ours)),
              timeSpread(spread(native)),
              ratioSpread(all),
              ratioSpread(same),
            ]);
            // Vectors of the same width: those of WebAssembly, or all that the processor has.
            if (name === wide)
              goals.push({ what: `${form} ${dtype}: ${name}, over C`, limit: LIMIT, reached: all.median });
            if (name === plain)
              goals.push({
                what: `${form} ${dtype}: ${name}, over C of 128 bits`,
                limit: LIMIT,
                reached: same.median,
              });
          }
        }
      const head = ["", "Unroll (range)", "C (range)", "Unroll over C", "over C of 128 bits"];
      return { about, body: table(head, rows), goals };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
