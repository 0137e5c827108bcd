"""Writes `fixtures/golden.json`: small inputs of GradBench's evals, and what its hand-differentiated C++ tool answers.

    cd <suite> && make -C cpp && make -C tools/manual
    PYTHONPATH=python/gradbench python <here>/golden.py
"""

import json
from pathlib import Path

import numpy as np
from gradbench import cpp

rng = np.random.default_rng(7)


def normal(*shape):
    return np.round(rng.normal(size=shape), 3).tolist()


def transforms(count):
    """Matrices that are near the identity and end with the row of homogeneous ones."""
    matrices = np.round(np.eye(4) + 0.2 * rng.normal(size=(count, 4, 4)), 3)
    matrices[:, 3] = [0, 0, 0, 1]
    return matrices.tolist()


def hand(*, in_triangles, still=False, mirrored=False):
    bones, vertices, measured = 22, 5, 3
    return {
        "theta": ([0.0] * 3 + normal(23)) if still else normal(26),
        "us": normal(measured, 2) if in_triangles else [],
        "data": {
            "correspondences": [1, 0, 1],
            "points": normal(measured, 3),
            "model": {
                "bone_count": bones,
                "bone_names": [f"bone {i}" for i in range(bones)],
                "parents": [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19, 0],
                "base_relatives": transforms(bones),
                "inverse_base_absolutes": transforms(bones),
                "base_positions": [[*normal(3), 1.0] for _ in range(vertices)],
                "weights": np.round(rng.random((vertices, bones)) / bones, 3).tolist(),
                "triangles": [[0, 1, 2], [2, 4, 3]],
                "is_mirrored": mirrored,
            },
        },
    }


def adjustment(rotation):
    camera = [*rotation, 3.5, -4.0, 5.25, 420.0, 6.0, -8.5, 0.08, 0.003]
    return {"n": 2, "m": 3, "p": 10, "cam": camera, "x": [7.2, 0.1, 3.5], "w": 0.4, "feat": [27.5, 83.25]}


mixture = {"d": 3, "k": 2, "n": 4, "m": 2, "gamma": 1.3}
mixture |= {"x": normal(4, 3), "alpha": normal(2), "mu": normal(2, 3), "q": normal(2, 3), "l": normal(2, 3)}
points = rng.random((6, 2)).round(3).tolist()
network = {"main_params": normal(4, 12), "extra_params": normal(3, 3), "state": normal(4, 3)}
network |= {"sequence": rng.integers(2, size=(4, 3)).astype(float).tolist()}

cases = {
    "hello": [("square", "double", 3.5)],
    "gmm": [("objective", "jacobian", mixture)],
    "ba": [("objective", "jacobian", adjustment(r)) for r in ([-0.75, -1.1, -0.85], [0.0, 0.0, 0.0])],
    "ht": [
        ("objective", "jacobian", hand(in_triangles=True)),
        ("objective", "jacobian", hand(in_triangles=False)),
        ("objective", hand(in_triangles=False, mirrored=True)),  # its derivatives forget the mirror
        ("objective", "jacobian", hand(in_triangles=True, still=True)),
    ],
    "lstm": [("objective", "jacobian", network)],
    "kmeans": [("cost", "dir", {"points": points, "centroids": points[-2:]})],
    "lse": [("primal", "gradient", {"x": [99.0, 101.5, 100.25]})],
    "det": [("primal", "gradient", {"A": normal(n * n), "ell": n}) for n in (2, 5)],
    "ode": [("primal", "gradient", {"x": normal(4), "s": s}) for s in (1, 3)],
    "llsq": [("primal", "gradient", {"x": normal(3), "n": n}) for n in (2, 7)],
}

golden = []
for module, asked in cases.items():
    for *functions, given in asked:
        for function in functions:
            answer = cpp.evaluate(tool="manual", module=module, function=function, input=given)
            assert answer["success"], answer
            golden.append({"module": module, "function": function, "input": given, "output": answer["output"]})
Path(__file__).with_name("fixtures").joinpath("golden.json").write_text(
    "[\n" + ",\n".join(json.dumps(case) for case in golden) + "\n]\n"
)
