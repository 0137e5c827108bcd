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

type Group = new (body: FunctionBody) => object;

function groupsOfInstructions(): ReadonlyMap<string, Group> {
  const made = new Map<string, Group & { readonly prototype: Record<string, unknown> }>();
  for (const instruction of instructions) {
    const group = made.get(instruction.group) ?? newGroup();
    made.set(instruction.group, group);
    group.prototype[instruction.method] = method(instruction);
  }
  for (const [name, { prototype }] of made) if (name.includes("x")) prototype.const = laneConstants(name);
  return made;
}

/** A class for each group: every function of a module has an object of each. */
function newGroup(): Group & { readonly prototype: Record<string, unknown> } {
  return class {
    [method: string]: unknown;
    readonly body: FunctionBody;
    constructor(body: FunctionBody) {
      this.body = body;
    }
  };
}

const groups = groupsOfInstructions();

/** The methods of one group of instructions, writing to `body`. */
export const instructionGroup = <Name extends keyof InstructionGroups>(
  name: Name,
  body: FunctionBody,
): InstructionGroups[Name] => new (groups.get(name)!)(body) as InstructionGroups[Name];
