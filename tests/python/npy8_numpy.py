"""npy8_numpy.py WORDS BY DIR...: what stock numpy and glob alone make of directories: every file in the order of names, cut to
the rows that the WORDS words behind the rows tell of. Each number in a row is the row's own.

Prints the rows as runs `[first, end]` of numbers that follow each other, whether all are aligned records, and with BY `numba`
whether numba takes each for what it takes an array made with `align=True`.
"""

import glob
import os
import sys

import numpy as np

import common


def rows(path, words):
    found = np.load(path, mmap_mode="r")
    size = found.offset + found.nbytes
    if os.path.getsize(path) > size:
        tail = np.fromfile(path, "<u8", words, offset=size)
        assert tail[-1] == 20250510080000 and tail[-2] == found.offset and tail[0] == 0, tail
        found = found[: int(tail[1])]
    return found


def directory(path, words, by):
    runs, aligned, typed = [], True, True
    files = sorted(glob.glob(os.path.join(path, "*.npy")))
    for file in files:
        found = rows(file, words)
        names = found.dtype.names
        numbers = (found[names[0]] if names else found.reshape(len(found), -1)[:, 0]).astype(np.int64)
        expected = np.zeros(found.shape, found.dtype)
        common.number(expected, numbers)
        assert all((found[name] == expected[name]).all() for name in names) if names else (found == expected).all()
        assert (np.diff(numbers) == 1).all() and len(numbers), numbers
        if runs and runs[-1][1] == numbers[0]:
            runs[-1][1] = int(numbers[-1]) + 1
        else:
            runs.append([int(numbers[0]), int(numbers[-1]) + 1])
        aligned &= found.dtype.isalignedstruct
        if by == "numba":
            import numba

            made = np.zeros(1, common.aligned_twin(found.dtype)).view()
            made.flags.writeable = False
            typed &= numba.typeof(found) == numba.typeof(made)
    return dict(files=len(files), runs=runs, aligned=bool(aligned), typed=bool(typed))


def main(words, by, *paths):
    common.say(directories=[directory(path, int(words), by) for path in paths])


main(*sys.argv[1:])
