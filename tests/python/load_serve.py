"""load_serve.py: stock numpy loads as it is told, a line at a time, and says what it found as JSON.

`load FILE` loads it. `during FILE` loads it again and again, until it is longer than at first and a few times more.
"""

import os
import sys
import warnings

import numpy as np

import common

warnings.simplefilter("error")


def facts(path):
    rows = np.load(path)
    return dict(dtype=common.canonical(rows.dtype), shape=list(rows.shape), bytes=rows.tobytes().hex())


def during(path):
    length, first = os.path.getsize(path), facts(path)
    print("loading", flush=True)
    times = more = 0
    while more < 3:
        grown = os.path.getsize(path) > length
        found = facts(path)
        if found != first:
            return dict(times=times, first=first, found=found)
        times += 1
        more += grown
    return dict(times=times)


for line in sys.stdin:
    verb, path = line.strip().split("\t")
    try:
        common.say(**(facts if verb == "load" else during)(path))
    except Exception as error:
        common.say(error=repr(error), header=repr(open(path, "rb").read(256)))
    sys.stdout.flush()
