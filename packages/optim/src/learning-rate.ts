import { add, cast, checkOptionValues, mul, neg, type Operand, parameter, Tensor } from "@org/core";
import { checkScalar, nonNegative } from "./options.ts";
import {
  inRegion,
  mapRecord,
  type ParameterRecord,
  prefixed,
  type TensorRecord,
  type Transform,
  within,
} from "./transform.ts";

/**
 * A learning rate as a function of the number of steps made so far: a scalar, 0 at first. Of a plain number it shows the
 * rate of that step: `evaluate(cosine(0.1, { steps: 100 })(50))`.
 */
export type Schedule = (step: Operand) => Tensor;

/** A learning rate with a memory of its own, such as the best loss so far. */
export interface StatefulSchedule {
  /** The memory before the first step. */
  init(): ParameterRecord;
  /** The rate of this step, and what to remember for the next. */
  update(state: TensorRecord): { readonly rate: Tensor; readonly state: TensorRecord };
}

/**
 * How far a step goes: a number; a scalar tensor, such as a parameter that the program assigns; or a schedule. The
 * schedule's position is part of the optimizer's state, `learningRate.step`.
 */
export type LearningRate = number | Tensor | ((step: Tensor) => Tensor) | StatefulSchedule;

/** Methods as papers write them. */
const methods: Readonly<Record<string, string>> = {
  adadelta: "AdaDelta",
  adagrad: "AdaGrad",
  adam: "Adam",
  adamax: "AdaMax",
  adamw: "AdamW",
  lion: "Lion",
  nadam: "NAdam",
  radam: "RAdam",
  rmsprop: "RMSProp",
  sgd: "SGD",
};

/**
 * The step of every optimizer: `p ← p - η d`, for the directions d that a transform makes of the gradients.
 * State: that of the transform, and that of the schedule, its names preceded by `learningRate.`
 */
export function descend(op: string, learningRate: LearningRate, directions: Transform): Transform {
  const schedule = scheduleOf(op, learningRate);
  return inRegion(methods[op] ?? op, {
    init: (parameters) => ({
      ...directions.init(parameters),
      ...prefixed("learningRate", schedule.init()),
    }),
    update(gradients, state, parameters) {
      const { rate, state: position } = schedule.update(within("learningRate", state));
      const { updates, state: next } = directions.update(gradients, state, parameters);
      return {
        updates: mapRecord(updates, (d) =>
          typeof rate === "number" ? mul(d, -rate) : mul(d, neg(cast(rate, d.dtype))),
        ),
        state: { ...next, ...prefixed("learningRate", position) },
      };
    },
  });
}

interface Following {
  init(): ParameterRecord;
  update(state: TensorRecord): { readonly rate: number | Tensor; readonly state: TensorRecord };
}

/** Every kind of learning rate as the one kind that has a memory, which may be empty. */
function scheduleOf(op: string, learningRate: LearningRate): Following {
  if (learningRate instanceof Tensor) {
    const rate = scalar(op, learningRate);
    return { init: () => ({}), update: () => ({ rate, state: {} }) };
  }
  if (typeof learningRate === "function") {
    return {
      init: () => ({ step: parameter("step", 0, "i32") }),
      update: ({ step }) => ({ rate: scalar(op, learningRate(step!)), state: { step: add(step!, 1) } }),
    };
  }
  if (typeof learningRate === "object" && learningRate !== null) return learningRate;
  checkOptionValues(op, { learningRate: [learningRate, nonNegative] });
  return { init: () => ({}), update: () => ({ rate: learningRate, state: {} }) };
}

const scalar = (op: string, rate: Tensor): Tensor => checkScalar(op, "learningRate", rate);
