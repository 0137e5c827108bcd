import type { CheckpointStore } from "../../checkpoints/checkpoint-store.ts";
import type { ProcessGroup } from "./process-group.ts";

/**
 * A store for the `checkpoint` of `train` in every process of a group: process 0 saves, and all go on from what it saved. The
 * store has to be the same for all, such as a folder of this machine or of a disk that the machines share. What processes carry on
 * each for itself (keys, states) is process 0's afterwards.
 * @example
 * import { checkpointFolder, joinProcesses, sharedStore } from "@org/optim/node";
 * const store = sharedStore(checkpointFolder("out/checkpoints"), await joinProcesses());
 * await store.latest(); // → undefined
 */
export function sharedStore(store: CheckpointStore, { rank }: Pick<ProcessGroup, "rank">): CheckpointStore {
  return rank === 0 ? store : { ...store, save: () => undefined };
}
