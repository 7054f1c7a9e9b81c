"""Says what numpy makes of a directory of files: its version; then files, those as long as their rows, rows, the first
row's `seq`, and how often `seq` doesn't go up by one, a line each."""

import glob
import os
import sys

import numpy as np

print("numpy", np.__version__, flush=True)
names = sorted(glob.glob(os.path.join(glob.escape(sys.argv[1]), "*.npy")))
exact = rows = breaks = 0
first = after = None
for name in names:
    array = np.load(name, mmap_mode="r")
    # The words behind the rows: the second one tells how many there are.
    end = int(np.memmap(name, "<u8", "r", array.offset + array.nbytes)[1])
    exact += end == len(array)
    rows += end
    seq = array["seq"][:end]
    if end == 0:
        continue
    if first is None:
        first = int(seq[0])
    else:
        breaks += int(seq[0]) != after
    breaks += int(np.count_nonzero(np.diff(seq.astype(np.int64)) != 1))
    after = int(seq[-1]) + 1
for number in (len(names), exact, rows, first or 0, breaks):
    print(number)
