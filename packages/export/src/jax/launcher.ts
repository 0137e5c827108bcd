/** The script that runs a program over all devices of all processes. Python, printed as it stands. */

interface LauncherParts {
  readonly name: string;
  readonly trains: boolean;
  readonly carries: boolean;
}

export const launcher = ({ name, trains, carries }: LauncherParts): string => {
  const [given, kept] = carries ? ["params, carried, batch", ", carried"] : ["params, batch", ""];
  const local = trains
    ? `    outputs, gradients${kept} = model.gradients(${given})
    # One all-reduce a step: everything in one row.
    row, apart = ravel_pytree((outputs, gradients))
    outputs, gradients = apart(lax.pmean(row, "machines"))
    return outputs, gradients, carried`
    : `    outputs${kept} = model.outputs(${given})
    row, apart = ravel_pytree(outputs)
    return apart(lax.pmean(row, "machines")), {}, carried`;
  const update = trains ? "    params, state = model.update(gradients, params, state)\n" : "";
  return `"""Trains ${name} on all devices of all processes, a part of every batch on each.

    python ${name}_train.py batches.safetensors
    python ${name}_train.py batches.safetensors --coordinator host:1234 --processes 4 --process 0   # on each machine

Batches are safetensors: every input with an axis of steps in front; along its axis of BATCH_AXIS it holds the parts of
all machines. What is learnt goes to --out, in the names of ${name}.safetensors, and goes on from there if it exists.
"""

import argparse
import inspect
import os

import jax
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree
from jax.sharding import NamedSharding, PartitionSpec
from safetensors.numpy import load_file, save_file

options = argparse.ArgumentParser()
options.add_argument("batches")
options.add_argument("--weights", default="${name}.safetensors")
options.add_argument("--out", default="${name}.trained.safetensors")
options.add_argument("--save-every", type=int, default=100)
options.add_argument("--coordinator")
options.add_argument("--processes", type=int, default=1)
options.add_argument("--process", type=int, default=0)
options = options.parse_args()
if options.processes > 1:
    jax.distributed.initialize(options.coordinator, options.processes, options.process)

import ${name} as model  # noqa: E402

try:
    from jax import shard_map
except ImportError:
    from jax.experimental.shard_map import shard_map

mesh = jax.make_mesh((jax.device_count(),), ("machines",))
unchecked = "check_vma" if "check_vma" in inspect.signature(shard_map).parameters else "check_rep"


def spec(name):
    axis = 0 if name in model.KEYS else model.BATCH_AXIS.get(name)
    return PartitionSpec() if axis is None else PartitionSpec(*[None] * axis, "machines")


def spread(name, value):
    """An array over all machines, of which this process holds its parts."""
    return jax.make_array_from_callback(value.shape, NamedSharding(mesh, spec(name)), lambda part: value[part])


def own_keys(name, value):
    """A random key for each machine; the first has the one that was saved."""
    if name not in model.KEYS:
        return value
    keys = np.tile(value[:2], (jax.device_count(), 1))
    keys[:, 0] ^= (np.arange(jax.device_count()) << 21).astype(np.int32)
    return keys.reshape(-1)


def local(params, carried, batch):
${local}


@jax.jit
def step(params, state, carried, batch):
    parts = {name: spec(name) for name in carried}
    inputs = {name: spec(name) for name in batch}
    none = PartitionSpec()
    run = shard_map(
        local, mesh=mesh, in_specs=(none, parts, inputs), out_specs=(none, none, parts), **{unchecked: False}
    )
    outputs, gradients, carried = run(params, carried, batch)
${update}    return outputs, params, state, carried


def group(tensors, word):
    return {name[len(word) + 1 :]: value for name, value in tensors.items() if name.startswith(word + ".")}


def whole(name, value):
    if spec(name) == PartitionSpec():
        return np.asarray(value)
    value = np.asarray(jax.experimental.multihost_utils.process_allgather(value, tiled=True))
    return value[:2] if name in model.KEYS else value


def save(done, params, state, carried):
    groups = {"params": params, "state": state, "carried": carried}
    tensors = {f"{word}.{name}": whole(name, x) for word, group in groups.items() for name, x in group.items()}
    if jax.process_index() == 0:
        save_file(tensors, options.out + ".partial", {"step": str(done)})
        os.replace(options.out + ".partial", options.out)


def main():
    from safetensors import safe_open

    resumed = os.path.exists(options.out)
    source = options.out if resumed else options.weights
    tensors = load_file(source)
    with safe_open(source, "np") as file:
        first = int((file.metadata() or {}).get("step", 0)) if resumed else 0
    batches = load_file(options.batches)
    params = {name: spread("", value) for name, value in group(tensors, "params").items()}
    state = {name: spread("", value) for name, value in group(tensors, "state").items()}
    carried = {name: spread(name, own_keys(name, value)) for name, value in group(tensors, "carried").items()}
    count = len(next(iter(batches.values())))
    for done in range(first, count):
        batch = {name: spread(name, value[done]) for name, value in batches.items()}
        outputs, params, state, carried = step(params, state, carried, batch)
        if jax.process_index() == 0:
            print(done + 1, " ".join(f"{name} {float(value):.9g}" for name, value in outputs.items()), flush=True)
        if (done + 1) % options.save_every == 0 or done + 1 == count:
            save(done + 1, params, state, carried)


if __name__ == "__main__":
    main()
`;
};
