import { helpersFor } from "./prelude.ts";

interface ModuleParts {
  readonly functions: readonly string[];
  /** Whether there are arrays that are too long to be written out. */
  readonly constants: boolean;
  /** Whether anything is f64. */
  readonly wide: boolean;
  readonly name: string;
  readonly batchAxis: Readonly<Record<string, number>>;
  /** Random keys among what is carried. */
  readonly keys: readonly string[];
}

/** The module: what it imports and sets, helpers, then the functions. */
export function printModule({ functions, constants, wide, name, batchAxis, keys }: ModuleParts): string {
  const body = functions.join("\n\n\n");
  const helpers = helpersFor(body);
  const text = helpers.join("\n\n\n");
  const uses = (word: RegExp): boolean => word.test(`${body}\n${text}`);
  const imports = [
    ...(uses(/\bmath\./) ? ["import math"] : []),
    ...(constants ? ["import pathlib"] : []),
    "",
    "import jax",
    "import jax.numpy as jnp",
    ...(uses(/\bnp\./) ? ["import numpy as np"] : []),
    ...(uses(/\blax\./) ? ["from jax import lax"] : []),
    ...(constants ? ["from safetensors.numpy import load_file"] : []),
  ];
  const settings = [
    'jax.config.update("jax_default_matmul_precision", "highest")',
    ...(wide ? ['jax.config.update("jax_enable_x64", True)'] : []),
    "",
    "# The axis along which each array is divided among machines; what is not here is the same on all.",
    `BATCH_AXIS = ${JSON.stringify(batchAxis)}`,
    "# Random keys among what is carried: each machine draws numbers of its own.",
    `KEYS = ${JSON.stringify(keys)}`,
    ...(constants
      ? [
          "",
          `_weights = load_file(pathlib.Path(__file__).with_name(${JSON.stringify(`${name}.safetensors`)}))`,
          'CONSTANTS = {key[10:]: value for key, value in _weights.items() if key.startswith("constants.")}',
        ]
      : []),
  ];
  const head = `"""A compute graph of Unroll as a JAX program. Written by toJax of @org/export."""`;
  return `${[[head, imports.join("\n").trim(), settings.join("\n")].join("\n\n"), ...helpers, body].join("\n\n\n")}\n`;
}
