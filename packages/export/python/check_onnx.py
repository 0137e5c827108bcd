"""Runs ONNX models in ONNX Runtime beside the values that the library computed; a folder holds both (see check.ts)."""

import pathlib
import sys

import onnx
import onnxruntime
from safetensors.numpy import load_file

from differences import difference

# A maximum of ONNX Runtime may pass over NaN, and its place; f64 has no kernels for atan and erf, though the standard has them.
KNOWN = {"argmax_f32 argmax_2", "argmax_f64 argmax_2", "argmin_f32 argmin_2", "argmin_f64 argmin_2", "max_f32 max_3", "min_f32 min_3"}
NO_KERNEL = {"atan_f64", "atan2_f64", "erf_f64"}

tolerances = {"float32": float(sys.argv[2]), "float64": float(sys.argv[3])}
problems, total = [], 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*/model.onnx")):
    name = path.parent.name
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        if name not in NO_KERNEL:
            problems.append(f"{name}: {error}")
        continue
    tensors = load_file(path.parent / "steps.safetensors")
    feeds = {key[6:]: value for key, value in tensors.items() if key.startswith("batch.")}
    expected = {key[8:]: value for key, value in tensors.items() if key.startswith("outputs.")}
    try:
        actual = dict(zip(expected, session.run(list(expected), feeds), strict=True))
    except Exception as error:
        problems.append(f"{name}: {error}")
        continue
    for key, value in expected.items():
        total += 1
        problem = difference(actual[key], value, tolerances.get(str(value.dtype), 0))
        if problem and f"{name} {key}" not in KNOWN:
            problems.append(f"{name}: {key}: {problem}")
print("\n".join(problems))
print(f"ONNX Runtime {onnxruntime.__version__}: {total} arrays compared, {len(problems)} differ")
sys.exit(1 if problems or total == 0 else 0)
