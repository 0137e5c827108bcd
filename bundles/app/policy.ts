/** A page with a policy: trains on two threads, and tells what it got. `?worker` names a file for its workers. */
import { compile, compileAsync, createRuntime, matmul, mul, parameter, type Tensor, tanh } from "@org/core";
import { report } from "./report.ts";

export interface PolicyFindings {
  readonly threads: number;
  /** Whether the workers took part in the end. */
  readonly ready: boolean;
  readonly steps: number;
  readonly errors: readonly string[];
  /** Turns that the page had while a long program was compiled. */
  readonly turns: number;
}

declare const location: { readonly search: string };
const worker = new URLSearchParams(location.search).get("worker") ?? undefined;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resume) => setTimeout(resume, milliseconds));

async function run(): Promise<PolicyFindings> {
  const errors: string[] = [];
  let steps = 0;
  let turns = 0;
  const runtime = createRuntime({ threads: 2, ...(worker !== undefined && { worker }) });
  const wave = (n: number): number[][] =>
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Math.sin(i * n + j) / n));
  try {
    const w = parameter("w", wave(200));
    const step = compile({ outputs: { w }, updates: [[w, tanh(matmul(w, w))]], runtime });
    for (; steps < 3; steps++) step();
    for (let i = 0; i < 100 && runtime.threads > 1 && !isReady(runtime); i++) await wait(50);
    for (; steps < 6; steps++) step();
  } catch (error) {
    errors.push(String(error));
  }
  try {
    let y: Tensor = parameter("x", [1, 2]);
    for (let i = 0; i < 1000; i++) y = i % 2 ? tanh(y) : mul(y, i);
    const timer = setInterval(() => turns++, 0);
    await compileAsync({ outputs: { y } });
    clearInterval(timer);
  } catch (error) {
    errors.push(String(error));
  }
  return { threads: runtime.threads, ready: isReady(runtime), steps, errors, turns };
}

/** What a runtime of the WebAssembly target tells its executables. */
const isReady = (runtime: object): boolean => (runtime as { ready(): boolean }).ready();

report(run());
