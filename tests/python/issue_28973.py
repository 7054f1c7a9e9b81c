"""issue_28973.py FILE [FIELD] [MODE]: numba adds one to FIELD (the first number) of every row of FILE, in place.

The failure of numpy issue 28973: a class declares its array by the `align=True` dtype that the program writes down.
numba gives an array of the same fields without the align flag another type, so it must convert what `np.load`
returns: by a copy that nobody may write to, which is where numba stops.
"""

import sys

import numpy as np
from numba import int64, typeof
from numba.experimental import jitclass

from common import aligned_twin, say

PATH = sys.argv[1]
# Of the file only the names and types of the fields; the layout is what `align=True` makes of them.
DECLARED = aligned_twin(np.load(PATH, mmap_mode="r").dtype)
NUMBERS = [name for name in DECLARED.names if DECLARED.fields[name][0].kind in "iuf"]
FIELD = sys.argv[2] if len(sys.argv) > 2 else NUMBERS[0]
MODE = sys.argv[3] if len(sys.argv) > 3 else "r+"


@jitclass([("rows", typeof(np.zeros(0, dtype=DECLARED))), ("writes", int64)])
class Recording:
    def __init__(self, rows):
        self.rows = rows
        self.writes = 0

    def add_one(self):
        for i in range(len(self.rows)):
            self.rows[i][FIELD] += 1
            self.writes += 1


def main():
    rows = np.load(PATH, mmap_mode=MODE)
    before = rows[FIELD].copy()
    recording = Recording(rows)
    recording.add_one()
    assert recording.writes == len(rows)
    assert (rows[FIELD] == before + before.dtype.type(1)).all(), "the writes went into a copy"
    say(field=FIELD, writes=recording.writes, first=rows[FIELD][:5].tolist())


main()
