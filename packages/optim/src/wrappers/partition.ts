import { GraphError } from "@org/core";
import { type Selection, selected } from "../selection.ts";
import {
  mapRecord,
  pick,
  prefixed,
  requireTransform,
  type TensorRecord,
  type Transform,
  within,
} from "../transform.ts";

/** Some of the parameters, and the transform that is theirs. */
export type Group = readonly [selection: Selection, transform: Transform];

/**
 * A transform for each group of parameters, PyTorch's parameter groups. A parameter belongs to the first group that
 * selects it; `"**"` selects all.
 * State: that of each transform, its names preceded by the group's place (`1.mean.w`)
 * @throws GraphError for a parameter in no group, a group without parameters, and an empty path
 * @example
 * const [w, bias] = [parameter("w", [10]), parameter("bias", [10])];
 * const groups = partition(["bias", sgd({ learningRate: 2 })], ["**", sgd({ learningRate: 1 })]);
 * compile({ updates: minimize(add(sum(w), sum(bias)), { w, bias }, groups) })();
 * [w.value, bias.value]; // → [[9], [8]]
 */
export function partition(...groups: readonly Group[]): Transform {
  for (const group of groups) requireTransform("partition", Array.isArray(group) ? group[1] : undefined);
  return {
    init(parameters) {
      const members = divide(groups, parameters);
      return Object.assign(
        {},
        ...groups.map(([, transform], i) => prefixed(i, transform.init(pick(parameters, members[i]!)))),
      );
    },

    update(gradients, state, parameters) {
      const members = divide(groups, parameters);
      const results = groups.map(([, transform], i) =>
        transform.update(pick(gradients, members[i]!), within(i, state), pick(parameters, members[i]!)),
      );
      const updates: TensorRecord = Object.assign({}, ...results.map((result) => result.updates));
      return {
        updates: mapRecord(gradients, (_, name) => updates[name]!),
        state: Object.assign({}, ...results.map((result, i) => prefixed(i, result.state))),
      };
    },
  };
}

/** The names that belong to each group. */
function divide(groups: readonly Group[], parameters: TensorRecord): Set<string>[] {
  const rest = new Set(Object.keys(parameters));
  const members = groups.map(([selection], i) => {
    const own = [...selected("partition", selection, Object.keys(parameters))].filter((name) =>
      rest.has(name),
    );
    for (const name of own) rest.delete(name);
    if (own.length > 0) return new Set(own);
    throw new GraphError({
      op: "partition",
      problem: `group ${i} has no parameters: those that it selects are in groups before it`,
      hint: "a parameter belongs to the first group that selects it; put the narrower group first",
    });
  });
  if (rest.size === 0) return members;
  throw new GraphError({
    op: "partition",
    problem: `in no group: ${[...rest].join(", ")}`,
    hint: 'end with a group for the rest, ["**", transform]',
  });
}
