import * as ba from "./evals/ba.ts";
import * as det from "./evals/det.ts";
import * as gmm from "./evals/gmm.ts";
import * as hello from "./evals/hello.ts";
import * as ht from "./evals/ht.ts";
import * as kmeans from "./evals/kmeans.ts";
import * as llsq from "./evals/llsq.ts";
import * as lse from "./evals/lse.ts";
import * as lstm from "./evals/lstm.ts";
import * as ode from "./evals/ode.ts";
import * as particle from "./evals/particle.ts";
import * as saddle from "./evals/saddle.ts";
import type { Evaluation, Message, Response } from "./protocol.ts";

type Module = Readonly<Record<string, Evaluation>>;

/** Every eval of GradBench: one module each, whose exports are the functions of the eval. */
export const modules: Readonly<Record<string, Module>> = {
  ...{ ba, det, gmm, hello, ht, kmeans },
  ...{ llsq, lse, lstm, ode, particle, saddle },
};

/** The answer to a message; what goes wrong on the way is the `error` of an answer without success. */
export function respond(message: Message): Response {
  const { id } = message;
  try {
    switch (message.kind) {
      case "start":
        return { id, tool: "unroll" };
      case "define":
        moduleOf(message.module);
        return { id, success: true };
      case "evaluate": {
        const evaluate = functionOf(message.module, message.function);
        return { id, success: true, ...evaluate(message.input as never) };
      }
      default:
        return { id };
    }
  } catch (error) {
    return {
      id,
      success: false,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function moduleOf(name: string): Module {
  if (Object.hasOwn(modules, name)) return modules[name]!;
  throw new Error(`unknown module "${name}"; there are ${Object.keys(modules).sort().join(", ")}`);
}

function functionOf(module: string, name: string): Evaluation {
  const functions = moduleOf(module);
  if (Object.hasOwn(functions, name)) return functions[name]!;
  throw new Error(
    `unknown function "${name}" of ${module}; there are ${Object.keys(functions).sort().join(", ")}`,
  );
}
