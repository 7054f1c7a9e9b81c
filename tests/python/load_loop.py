"""load_loop.py: stock numpy loads a file that grows, again and again.

`FILE ROWS` loads FILE until it holds ROWS rows, whole and mapped in turn; rows are numbered i8, of which those published when
the load began are checked as far as FILE.end said. Says how often it loaded, and how many shapes it met.
"""

import sys
import warnings

import numpy as np

import common

warnings.simplefilter("error")


def published(path):
    with open(path + ".end", "rb") as file:
        return int.from_bytes(file.read(8), "little")


def watch(path, rows):
    loads, shapes, last = 0, set(), 0
    while True:
        end = published(path)
        found = np.load(path, mmap_mode=(None, "r")[loads % 2])
        loads += 1
        if found.dtype != np.int64 or found.ndim != 1 or len(found) < max(end, last):
            return dict(loads=loads, wrong="%s %s, %d published, %d before" % (found.dtype, found.shape, end, last))
        if not (found[:end] == np.arange(end)).all():
            return dict(loads=loads, wrong="row %d of %d" % ((found[:end] == np.arange(end)).argmin(), end))
        last = len(found)
        shapes.add(last)
        if end == rows:
            return dict(loads=loads, shapes=len(shapes))


for line in sys.stdin:
    path, rows = line.rstrip("\n").split("\t")
    print("loading", flush=True)
    try:
        common.say(**watch(path, int(rows)))
    except Exception as error:
        common.say(error=repr(error), header=repr(open(path, "rb").read(256)))
    sys.stdout.flush()
