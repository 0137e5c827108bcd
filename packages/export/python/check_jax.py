"""Runs printed programs in JAX beside the values that the library computed; a folder holds both (see check.ts)."""

import importlib.util
import pathlib
import sys

import jax
from safetensors.numpy import load_file

from differences import difference

jax.config.update("jax_platforms", "cpu")


# XLA on processors takes numbers below 2.2e-308 for 0, which a sample of each of these has.
KNOWN = {("sweep_f64", name) for name in ("log_1", "logGamma_1", "rsqrt_1", "sign_1")}
# At poles and at infinity polygamma of JAX is NaN.
KNOWN |= {(sweep, name) for sweep in ("sweep_f32", "sweep_f64") for name in ("polygamma_4", "polygamma_5")}


def program(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def group(tensors, word):
    return {name[len(word) + 1 :]: jax.numpy.asarray(value) for name, value in tensors.items() if name.startswith(word + ".")}


def check(folder):
    module = program(folder / "model.py")
    tensors = load_file(folder / "model.safetensors")
    params = group(tensors, "params")
    steps = load_file(folder / "steps.safetensors")
    tolerances = {"float32": float(sys.argv[2]), "float64": float(sys.argv[3])}
    found, count = [], 0

    def compare(where, actual, expected):
        nonlocal count
        for name, value in expected.items():
            count += 1
            problem = difference(actual[name], value, tolerances.get(str(value.dtype), 0))
            if problem and not (where == "outputs" and (folder.name, name) in KNOWN):
                found.append(f"{folder.name}: {where} {name}: {problem}")

    if not hasattr(module, "gradients"):
        compare("outputs", jax.jit(module.outputs)(params, group(steps, "batch")), group(steps, "outputs"))
        return found, count
    state, carried = group(tensors, "state"), group(tensors, "carried")
    gradients, update = jax.jit(module.gradients), jax.jit(module.update)
    for i in range(len({name.split(".")[0] for name in steps})):
        step = group(steps, str(i))
        arguments = [params, *([carried] if carried else []), group(step, "batch")]
        outputs, g, *rest = gradients(*arguments)
        carried = rest[0] if rest else carried
        params, state = update(g, params, state)
        compare(f"step {i}", outputs, group(step, "outputs"))
        compare(f"step {i}", {**params}, group(step, "params"))
        compare(f"step {i}", {**state}, group(step, "state"))
        compare(f"step {i}", {**carried}, group(step, "carried"))
    return found, count


if __name__ == "__main__":
    problems, total = [], 0
    for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if (folder / "model.py").exists():
            found, count = check(folder)
            problems += found
            total += count
    print("\n".join(problems))
    print(f"JAX {jax.__version__}: {total} arrays compared, {len(problems)} differ")
    sys.exit(1 if problems or total == 0 else 0)
