"""Says what numpy makes of a file: its version, then dtype, align flag and rows, a line each."""

import sys

import numpy as np

print("numpy", np.__version__, flush=True)
array = np.load(sys.argv[1], mmap_mode="r")
print(" ".join(str(array.dtype).split()))
print(array.dtype.isalignedstruct)
print(len(array))
