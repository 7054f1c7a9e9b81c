"""npyt_append.py FILE ROWS: Python npyt appends ROWS to FILE."""

import sys

import common
import npyt

path, rows = sys.argv[1:]
file = npyt.NPYT(path).load(mmap_mode="r+")
remaining = file.append(common.rows(rows, file.dtype()))
common.say(npyt=npyt.__version__, remaining=remaining, end=file.end(), capacity=file.capacity(), tail=list(file.info()))
