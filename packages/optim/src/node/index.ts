export {
  type CheckpointFolder,
  type CheckpointFolderOptions,
  checkpointFile,
  checkpointFolder,
} from "./checkpoint-files.ts";
export { csvLog } from "./csv-log.ts";
export { interruptible } from "./interruptible.ts";
export { jsonLinesLog } from "./json-lines-log.ts";
export type { MetricsLogOptions } from "./metrics-log.ts";
export { type DataParallelOptions, dataParallel, type ParallelStep } from "./processes/data-parallel.ts";
export { type LaunchOptions, launchProcesses } from "./processes/launch-processes.ts";
export { ProcessError } from "./processes/process-error.ts";
export { type JoinOptions, joinProcesses, type ProcessGroup } from "./processes/process-group.ts";
export { sharedStore } from "./processes/shared-store.ts";
export {
  type ProgressBar,
  type ProgressBarOptions,
  type ProgressStream,
  type ProgressView,
  progressBar,
} from "./progress-bar.ts";
export { replaceFile } from "./replace-file.ts";
export { type TensorBoardLogOptions, tensorBoardLog } from "./tensor-board-log.ts";
