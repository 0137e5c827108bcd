import { FeedError } from "./errors.ts";
import { showType } from "./graph/leaves.ts";
import { Tensor } from "./graph/tensor.ts";
import { isWhole, NDArray } from "./ndarray.ts";
import { sameShape, sizeOf } from "./shape.ts";
import { flatten, type Structure } from "./structure.ts";

/** Puts results into the structure that the outputs have. What can be known before the calls is. */
export function builder(
  structure: Structure<Tensor>,
  leaves: readonly Tensor[],
): (results: readonly NDArray[]) => unknown {
  let next = 0;
  const part = (inner: Structure<Tensor>): ((results: readonly NDArray[]) => unknown) => {
    if (inner instanceof Tensor) {
      const at = next++;
      return (results) => results[at];
    }
    if (Array.isArray(inner)) {
      const parts = inner.map(part);
      return (results) => parts.map((make) => make(results));
    }
    if (inner === undefined) return () => undefined;
    const parts = Object.entries(inner).map(([key, value]) => [key, part(value)] as const);
    return (results) => Object.fromEntries(parts.map(([key, make]) => [key, make(results)]));
  };
  const build = part(structure);
  if (next !== leaves.length) throw new Error(`${leaves.length} outputs, ${next} places for them`);
  return build;
}

/**
 * The arrays that outputs go into, in their order.
 * @throws FeedError for one that does not fit, and for two that share memory: the later would write over the earlier
 */
export function targetsIn(into: unknown, outputs: Structure<Tensor>): NDArray[] {
  const found = targets(into, outputs);
  checkApart(found, outputs);
  return found;
}

function targets(into: unknown, outputs: Structure<Tensor>, found: NDArray[] = []): NDArray[] {
  if (outputs instanceof Tensor) {
    const fits =
      into instanceof NDArray && into.dtype === outputs.dtype && sameShape(into.shape, outputs.shape);
    if (!fits) {
      const received = into instanceof NDArray ? showType(into) : "nothing";
      throw new FeedError(outputs.name ?? `output ${found.length}`, showType(outputs), received, "into");
    }
    if (!isWhole(into)) {
      const received = `${into.data.length} of them: its buffer was transferred or shrunk`;
      const expected = `${sizeOf(into.shape)} elements`;
      throw new FeedError(outputs.name ?? `output ${found.length}`, expected, received, "into");
    }
    found.push(into);
  } else if (outputs !== undefined) {
    const parts = outputs as Readonly<Record<string, Structure<Tensor>>>;
    for (const key of Object.keys(parts))
      targets((into as Record<string, unknown> | undefined)?.[key], parts[key]!, found);
  }
  return found;
}

/** No two arrays lie in the same bytes. */
function checkApart(arrays: readonly NDArray[], outputs: Structure<Tensor>): void {
  const places = new Map<ArrayBufferLike, { from: number; to: number; at: number }[]>();
  arrays.forEach(({ data }, at) => {
    if (data.length === 0) return;
    const place = { from: data.byteOffset, to: data.byteOffset + data.byteLength, at };
    const held = places.get(data.buffer);
    if (!held) places.set(data.buffer, [place]);
    else {
      const other = held.find(({ from, to }) => from < place.to && place.from < to);
      if (other) refuseShared(other.at, at, outputs);
      held.push(place);
    }
  });
}

function refuseShared(first: number, second: number, outputs: Structure<Tensor>): never {
  const { paths } = flatten<Tensor>(outputs, (part): part is Tensor => part instanceof Tensor);
  const [one, other] = [paths[first], paths[second]] as [string, string];
  throw new FeedError(
    other,
    "an array of its own",
    `memory that ${JSON.stringify(one)} is written into`,
    "into",
  );
}
