import {
  checkOptionNames,
  FeedError,
  GraphError,
  loadMetadata,
  loadTensors,
  type NDArray,
  Parameter,
  requireEnd,
  type SaveTensorsOptions,
  saveTensors,
} from "@org/core";
import type { ParameterRecord } from "../transform.ts";
import { type CheckpointDifference, CheckpointError } from "./checkpoint-error.ts";
import { checksumOf } from "./checksum.ts";

/**
 * All that training changes, in records of any depth: weights, the state of the optimizer (`updates.state`, which holds
 * the positions of schedules too), random keys, states carried from batch to batch.
 */
export interface TrainingState {
  readonly [name: string]: Parameter | TrainingState;
}

/** The name of the checksum among the metadata. */
const CHECKSUM = "unroll.checksum";

/**
 * A state as the bytes of a safetensors file, each parameter under its path, with a checksum among the metadata. The same
 * state, the same bytes.
 * @throws GraphError for something that is no parameter, or two parameters of one path; FeedError for metadata other
 *   than text, too long, or of the checksum's name
 * @example
 * const w = parameter("w", [1, 2]);
 * const bytes = saveCheckpoint({ weights: { w } }, { metadata: { text: "Moby-Dick" } });
 * w.value = [0, 0];
 * restoreCheckpoint({ weights: { w } }, bytes); // → { text: "Moby-Dick" }
 * w.value; // → [1, 2]
 */
export function saveCheckpoint(state: TrainingState, options: SaveTensorsOptions = {}): Uint8Array {
  const { metadata } = checkOptionNames("saveCheckpoint", options, "metadata");
  return writeCheckpoint(byPath(state), metadata);
}

/** Parameters under their names, as the bytes of a checkpoint. */
export function writeCheckpoint(
  parameters: ParameterRecord,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  if (Object.hasOwn(metadata, CHECKSUM))
    throw new FeedError(CHECKSUM, "another name", "a name that checkpoints keep", "checkpoint");
  const values = Object.entries(parameters).map(([name, { value }]) => [name, value] as const);
  const tensors: Record<string, NDArray> = Object.fromEntries(values);
  return saveTensors(tensors, { metadata: { ...metadata, [CHECKSUM]: checksumOf(tensors, metadata) } });
}

/**
 * Sets a state to that of a checkpoint, all of it or nothing, and returns the checkpoint's metadata.
 * @param checkpoint What to call the checkpoint in errors.
 * @throws CheckpointError for a checkpoint of another model, with all differences, or damaged bytes (a
 *   checksum tells), or a file that `saveCheckpoint` did not make
 * @example
 * const bytes = saveCheckpoint({ w: parameter("w", [1, 2]) });
 * restoreCheckpoint({ w: parameter("w", [1, 2, 3]) }, bytes); // throws CheckpointError
 */
export function restoreCheckpoint(
  state: TrainingState,
  bytes: Uint8Array,
  checkpoint = "checkpoint",
): Record<string, string> {
  const { tensors, metadata } = readCheckpoint(bytes, checkpoint);
  restoreTensors(byPath(state), tensors, checkpoint);
  return metadata;
}

/** What a checkpoint holds. */
export interface CheckpointContents {
  readonly tensors: Readonly<Record<string, NDArray>>;
  readonly metadata: Record<string, string>;
}

/** @throws CheckpointError for bytes that are no safetensors file, or differ from what was saved in as little as one bit */
export function readCheckpoint(bytes: Uint8Array, checkpoint: string): CheckpointContents {
  const { tensors, metadata } = readTensors(bytes, checkpoint);
  const { [CHECKSUM]: saved, ...text } = metadata;
  if (saved === undefined) {
    const hint = "loadTensors reads any safetensors file";
    throw new CheckpointError(checkpoint, `no checkpoint: it has no checksum\n  hint: ${hint}`);
  }
  const found = checksumOf(tensors, text);
  if (found !== saved)
    throw new CheckpointError(checkpoint, `damaged: its checksum is ${found}, it was saved with ${saved}`);
  return { tensors, metadata: text };
}

function readTensors(bytes: Uint8Array, checkpoint: string): CheckpointContents {
  try {
    return { tensors: loadTensors(bytes), metadata: loadMetadata(bytes) };
  } catch (cause) {
    throw new CheckpointError(checkpoint, `damaged, or no checkpoint\n${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * Sets parameters to the tensors of their names.
 * @throws CheckpointError with all differences; nothing changes then
 */
export function restoreTensors(
  parameters: ParameterRecord,
  tensors: Readonly<Record<string, NDArray>>,
  checkpoint: string,
): void {
  const differences = compare(parameters, tensors);
  if (differences.length > 0) {
    const count = differences.length === 1 ? "one difference" : `${differences.length} differences`;
    throw new CheckpointError(checkpoint, `of another model, ${count}`, { differences });
  }
  for (const [name, parameter] of Object.entries(parameters)) parameter.value = tensors[name]!;
}

const show = ({ dtype, shape }: Pick<NDArray, "dtype" | "shape">): string => `${dtype} ${size(shape)}`;
const size = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function compare(
  parameters: ParameterRecord,
  tensors: Readonly<Record<string, NDArray>>,
): CheckpointDifference[] {
  const here = Object.entries(parameters).flatMap(([name, parameter]): CheckpointDifference[] => {
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!tensor) return [{ kind: "missing", name, expected: show(parameter) }];
    const shapes = { found: size(tensor.shape), expected: size(parameter.shape) };
    const dtypes = { found: tensor.dtype, expected: parameter.dtype };
    return [
      ...(shapes.found === shapes.expected ? [] : [{ kind: "shape" as const, name, ...shapes }]),
      ...(dtypes.found === dtypes.expected ? [] : [{ kind: "dtype" as const, name, ...dtypes }]),
    ];
  });
  const there = Object.entries(tensors).filter(([name]) => !Object.hasOwn(parameters, name));
  return [
    ...here,
    ...there.map(([name, tensor]) => ({ kind: "unexpected" as const, name, found: show(tensor) })),
  ];
}

/**
 * The parameters of a state under their paths.
 * @throws GraphError for something that is no parameter, two of one path, and records without an end
 */
export function byPath(state: TrainingState): Record<string, Parameter> {
  const found = new Map<string, Parameter>();
  const visit = (part: Parameter | TrainingState, path: string, level: number): void => {
    requireEnd("checkpoint", level);
    if (part instanceof Parameter) {
      if (found.has(path)) throw refuse(`two parameters have the path ${JSON.stringify(path)}`);
      found.set(path, part);
      return;
    }
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part))
      throw refuse(`expected a parameter or a record at ${JSON.stringify(path)}, received ${typeof part}`);
    for (const [key, value] of Object.entries(part)) visit(value, path ? `${path}.${key}` : key, level + 1);
  };
  visit(state, "", 0);
  return Object.fromEntries(found);
}

const refuse = (problem: string): GraphError => new GraphError({ op: "checkpoint", problem });
