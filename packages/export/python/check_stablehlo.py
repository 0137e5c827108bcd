"""Compiles StableHLO by XLA and runs it beside the values that the library computed; a folder holds both (see check.ts)."""

import json
import pathlib
import sys

import jax
from jax._src.interpreters import mlir
from jax._src.lib import _jax, xla_client
from jaxlib.mlir import ir
from safetensors.numpy import load_file

from check_jax import KNOWN
from differences import difference

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
device = jax.devices("cpu")[0]


def compiled(path):
    """A function of names and arrays, from a module and what it says of its arguments."""
    told = json.loads(path.with_suffix(".json").read_text())
    with mlir.make_ir_context():
        bytecode = mlir.module_to_bytecode(ir.Module.parse(path.read_text()))
    devices = _jax.DeviceList((device,))
    executable = device.client.compile_and_load(bytecode, devices, xla_client.CompileOptions())

    def run(values):
        arguments = [jax.device_put(values[name], device) for name in told["takes"]]
        results = executable.execute_sharded(arguments).disassemble_into_single_device_arrays()
        return dict(zip(told["gives"], (result[0] for result in results), strict=True))

    return run


def check(folder):
    values = dict(load_file(folder / "model.safetensors"))
    steps = load_file(folder / "steps.safetensors")
    tolerances = {"float32": float(sys.argv[2]), "float64": float(sys.argv[3])}
    found, count = [], 0

    def compare(where, expected):
        nonlocal count
        for name, value in expected.items():
            count += 1
            problem = difference(values[name], value, tolerances.get(str(value.dtype), 0))
            if problem and (folder.name, name.removeprefix("outputs.")) not in KNOWN:
                found.append(f"{folder.name}: {where}{name}: {problem}")

    if (folder / "outputs.mlir").exists():
        values |= {name: value for name, value in steps.items() if name.startswith("batch.")}
        values |= compiled(folder / "outputs.mlir")(values)
        compare("", {name: value for name, value in steps.items() if name.startswith("outputs.")})
        return found, count
    gradients, update = compiled(folder / "gradients.mlir"), compiled(folder / "update.mlir")
    for i in range(len({name.split(".")[0] for name in steps})):
        step = {name.split(".", 1)[1]: value for name, value in steps.items() if name.startswith(f"{i}.")}
        values |= {name: value for name, value in step.items() if name.startswith("batch.")}
        values |= gradients(values)
        values |= update(values)
        compare(f"step {i} ", {name: value for name, value in step.items() if not name.startswith("batch.")})
    return found, count


problems, total = [], 0
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        found, count = check(folder)
    except Exception as error:
        found, count = [f"{folder.name}: {str(error)[:600]}"], 0
    problems += found
    total += count
print("\n".join(problems))
print(f"XLA of JAX {jax.__version__}: {total} arrays compared, {len(problems)} differ")
sys.exit(1 if problems or total == 0 else 0)
