import { type Team, workSharing } from "../program/work-sharing.ts";
import { sayNoWorkers } from "../threads/no-workers.ts";
import { ThreadPool, type ThreadPoolOptions, threadsAvailable } from "../threads/thread-pool.ts";

/** What several threads take, and a runtime of one thread comes without: workers, and how work is divided among them. */
export interface Threading extends Team {
  start(place: Pick<ThreadPoolOptions, "memory" | "control" | "imports">): ThreadPool;
}

/** Undefined for one thread, and where memory cannot be shared; `worker` is a file that workers start from. */
export const threading = (count: number, worker?: string | URL): Threading | undefined =>
  count > 1 && threadsAvailable()
    ? {
        count,
        sharing: workSharing,
        start: (place) => new ThreadPool({ ...place, threads: count, worker, unavailable: sayNoWorkers }),
      }
    : undefined;
