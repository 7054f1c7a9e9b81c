"""npy8_serve.py: stock numpy loads all files of a directory of numbered rows as it is told, a line at a time.

`DIR START END EXACT TWICE` loads each `*.npy` of DIR, whole and mapped. Together they have the rows START..END: row i is the number
i, as far as it fits. EXACT is 1 where all but the last are to have exactly their rows. TWICE are names, with commas between, of files that load and
whose rows are in another too. Prints as JSON what is wrong, or how many files there are.
"""

import glob
import json
import os
import sys
import warnings

import numpy as np

warnings.simplefilter("error")


def wrong(paths, mode, start, end, exact, twice):
    at = start
    for path in paths:
        if os.path.basename(path) in twice:
            np.load(path, mmap_mode=mode)
    paths = [path for path in paths if os.path.basename(path) not in twice]
    for nr, path in enumerate(paths):
        name = os.path.basename(path)
        try:
            found = np.load(path, mmap_mode=mode)
        except Exception as error:
            return "%s: %r, header %r" % (name, error, open(path, "rb").read(320))
        column = found.reshape(len(found), -1)
        if column.shape[1] == 0:
            return "%s: shape %s" % (name, found.shape)
        column = column[:, 0]
        expected = (at + np.arange(len(column), dtype=np.uint64)).astype(column.dtype)
        same = (column == expected) & (expected == np.arange(at, at + len(column)).astype(column.dtype))
        rows = len(column) if same.all() else int(same.argmin())
        if nr + 1 == len(paths):
            rows = min(rows, end - at)
        elif exact and rows != len(column):
            return "%s: row %d of %d is %s, expected %s" % (name, rows, len(column), column[rows], expected[rows])
        at += rows
    if at != end:
        return "%d rows in %s, expected %d..%d" % (at - start, [os.path.basename(path) for path in paths], start, end)
    return None


for line in sys.stdin:
    path, start, end, exact, twice = line.rstrip("\n").split("\t")
    paths = sorted(glob.glob(os.path.join(path, "*.npy")))
    results = [wrong(paths, mode, int(start), int(end), exact == "1", twice.split(",")) for mode in (None, "r")]
    said = results[0] or results[1] or len(paths)
    print(json.dumps(said), flush=True)
