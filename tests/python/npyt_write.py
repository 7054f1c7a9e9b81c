"""npyt_write.py FILE DTYPE CAPACITY ROWS: Python npyt makes FILE, with ROWS in it, over an existing one.

FILE must end in `.npy`, else npyt adds that. A capacity below the number of rows becomes that number.
"""

import sys

import common
import npyt

path, literal, capacity, rows = sys.argv[1:]
dtype = common.dtype(literal)
array = common.rows(rows, dtype)
# Saved with its rows, as most programs do: appending would first load the file again, and npyt's patched loader
# fails on dtypes with sub-arrays.
if len(array):
    npyt.NPYT(path).save(array, capacity=int(capacity), skip_if_exists=False)
else:
    npyt.NPYT(path, dtype=dtype).save(capacity=int(capacity), skip_if_exists=False)
common.say(npyt=npyt.__version__, rows=len(array))
