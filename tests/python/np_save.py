"""np_save.py FILE DTYPE ROWS: what stock `np.save` writes for these rows."""

import sys

import numpy as np

import common

path, literal, rows = sys.argv[1:]
array = common.rows(rows, common.dtype(literal))
with open(path, "wb") as file:  # given a name, np.save would add a suffix of its own
    np.save(file, array)
common.say(numpy=np.__version__, rows=len(array), aligned=array.dtype.isalignedstruct)
