import { vectorBytes } from "./constants.ts";
import type { FunctionBody } from "./function-body.ts";
import type { InstructionGroups } from "./instruction-types.ts";
import { type Instruction, instructions } from "./opcodes/table.ts";
import type { Value } from "./operand.ts";

/** Methods find the function they write to in `body`. */
interface Bound {
  readonly body: FunctionBody;
}

function method(instruction: Instruction): (...args: unknown[]) => Value | undefined {
  return function write(this: Bound, ...args: unknown[]) {
    return this.body.instruction(instruction, args, write);
  };
}

function laneConstants(group: string) {
  return function constants(this: Bound, ...lanes: (number | bigint)[]): Value {
    const bytes = vectorBytes(group, lanes);
    if (!bytes) throw this.body.stack.error(`${group}.const`, `${lanes.length} lanes given`, constants);
    return this.body.vector(bytes);
  };
}

const prototypes = methodsByGroup();

function methodsByGroup(): ReadonlyMap<string, Record<string, unknown>> {
  const groups = new Map<string, Record<string, unknown>>();
  for (const instruction of instructions) {
    const methods = groups.get(instruction.group) ?? {};
    groups.set(instruction.group, methods);
    methods[instruction.method] = method(instruction);
  }
  for (const [group, methods] of groups) if (group.includes("x")) methods.const = laneConstants(group);
  return groups;
}

/** The methods of one group of instructions, writing to `body`. */
export function instructionGroup<Group extends keyof InstructionGroups>(
  group: Group,
  body: FunctionBody,
): InstructionGroups[Group] {
  return Object.create(prototypes.get(group)!, { body: { value: body } });
}
