"""What every contestant in Python does with its requests: lines of JSON in and out, as contestants/serve.ts."""

import json
import resource
import sys
import time
import traceback


class Unavailable(Exception):
    pass


def run(step, first, count):
    times, values = [], []
    for index in range(first, first + count):
        begin = time.perf_counter()
        values.append(step(index))
        times.append((time.perf_counter() - begin) * 1e3)
    return {"times": times, "values": values}


def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def serve(prepare):
    step, done = None, 0
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "usage":
                reply = {"peak": peak()}
            elif request["do"] == "prepare":
                step, reply = prepare(request)
                done = 0
            else:
                reply = run(step, done, request["steps"])
                done += request["steps"]
        except Unavailable as reason:
            reply = {"unavailable": str(reason)}
        except Exception:
            reply = {"failed": traceback.format_exc()}
        print(json.dumps(reply), flush=True)
