"""kills_serve.py: stock numpy loads files of numbered rows as it is told, a line at a time, whole and mapped.

`FILE SIZE ROWS` loads rows of SIZE bytes, of which the first ROWS have been published. Prints as JSON what is wrong, or null.
"""

import json
import sys
import warnings

import numpy as np

warnings.simplefilter("error")


def expected(size, rows):
    i, k = np.arange(rows)[:, None], np.arange(size)[None, :]
    return ((i * 7 + k * 13 + (i >> 8) * 31 + (i >> 16) * 17 + 1) & 255).astype(np.uint8)


def wrong(path, size, rows):
    for mode in (None, "r"):
        try:
            found = np.load(path, mmap_mode=mode)
        except Exception as error:
            return "mmap_mode=%r: %r, header %r" % (mode, error, open(path, "rb").read(160))
        if found.dtype != np.uint8 or found.shape[1:] != (size,) or len(found) < rows:
            return "mmap_mode=%r: dtype %s, shape %s" % (mode, found.dtype, found.shape)
        same = (found[:rows] == expected(size, rows)).all(axis=1)
        if not same.all():
            return "mmap_mode=%r: row %d of %d" % (mode, same.argmin(), rows)
    return None


for line in sys.stdin:
    path, size, rows = line.rstrip("\n").split("\t")
    print(json.dumps(wrong(path, int(size), int(rows))), flush=True)
