"""The graph of ours on XLA, by way of the program that @org/export prints."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time

from serve import Unavailable, serve

NODE, PRINTER = sys.argv[1:3]


def read_tokens(folder):
    import numpy as np

    with open(os.path.join(folder, "data.json")) as file:
        entries = json.load(file)
    with open(os.path.join(folder, "data.bin"), "rb") as file:
        raw = file.read()
    return {
        name: np.frombuffer(raw, np.int32, math.prod(e["shape"]), e["offset"]).reshape(e["shape"])
        for name, e in entries.items()
        if name in ("ids", "labels")
    }


def prepare(request):
    task, threads = request["task"], request["threads"]
    if task["kind"] != "train" or task.get("update") == "plain":
        raise Unavailable("not asked of XLA")
    # XLA takes as many threads as there are processors for it, and starts them when it is loaded.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    begin = time.perf_counter()
    folder = tempfile.mkdtemp()
    subprocess.run([NODE, PRINTER, json.dumps(task["network"]), request["data"], folder], check=True)
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    from safetensors.numpy import load_file

    sys.path.insert(0, folder)
    import model

    tensors = load_file(os.path.join(folder, "model.safetensors"))
    group = lambda word: {k[len(word) + 1 :]: jax.numpy.asarray(v) for k, v in tensors.items() if k.startswith(word + ".")}
    place = {"params": group("params"), "state": group("state")}

    def whole(params, state, batch):
        outputs, gradients = model.gradients(params, batch)
        return outputs["loss"], *model.update(gradients, params, state)

    # What a step changes is written over: one program, without copies of weights.
    run = jax.jit(whole, donate_argnums=(0, 1))
    data = read_tokens(request["data"])
    count = len(data["ids"])

    def step(index):
        batch = {name: values[index % count] for name, values in data.items()}
        loss, place["params"], place["state"] = run(place["params"], place["state"], batch)
        return float(loss)

    about = {"version": "jax " + jax.__version__}
    return step, {"phases": {"build": (time.perf_counter() - begin) * 1e3}, "about": about}


serve(prepare)
