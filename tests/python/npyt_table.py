"""npyt_table.py MANIFEST: Python npyt makes every file of MANIFEST.

A JSON list of `{"file", "dtype", "row", "capacity", "rows"}`: as for check_written.py, with the number of rows, numbered
as in common.py. Their padding is zero.
"""

import json
import sys

import numpy as np
import npyt

import common


def main(path):
    with open(path) as source:
        entries = json.load(source)
    for entry in entries:
        dtype = common.evaluate(entry["dtype"])
        count = entry["rows"]
        # It can't make an empty file of rows with a shape but from an array that has a row, of which it is to take none.
        array = np.zeros((max(count, 1), *entry["row"]), dtype)
        common.number(array, np.arange(len(array)))
        npyt.NPYT(entry["file"]).save(array, capacity=entry["capacity"], end=count)
    common.say(npyt=npyt.__version__, files=len(entries))


if __name__ == "__main__":
    main(sys.argv[1])
