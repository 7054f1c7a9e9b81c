"""npy8_load.py: stock numpy loads every `.npy` of the directories it is told, a line each, oldest file first.

Says for each file the number of rows and their bytes; instead of all that an error.
"""

import glob
import json
import os
import sys
import warnings

import numpy as np

warnings.simplefilter("error")


def load(directory):
    files = sorted(glob.glob(os.path.join(directory, "*.npy")))
    loaded = [np.load(file) for file in files]
    return [(len(rows), rows.tobytes().hex()) for rows in loaded]


for line in sys.stdin:
    try:
        said = load(line.rstrip("\n"))
    except Exception as error:
        said = repr(error)
    print(json.dumps(said), flush=True)
