"""check_written.py MANIFEST: does stock numpy find in each file what a program of ours wrote there?

MANIFEST is a JSON list of `{"file", "raw", "dtype", "row", "aligned", "capacity"}`: the file; one with the bytes of
the rows written, whatever their padding; the dtype as Python code and the shape of a row of them; whether the align
flags are to be found; the rows that `np.load` shows. Prints how many files agree in every way, and what doesn't.
"""

import sys

import numpy as np

import common

MODES = (None, "r", "r+", "c")


def layout(dtype, flags):
    """Everything a dtype says of itself, as lists; the align flags only where asked for."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return [list(shape), layout(base, flags)]
    if dtype.names is None:
        return dtype.str
    fields = [[name, dtype.fields[name][1], layout(dtype.fields[name][0], flags)] for name in dtype.names]
    return [dtype.itemsize, dtype.isalignedstruct if flags else None, fields]


def has_flag(dtype):
    """Whether any record in it has the align flag."""
    dtype = dtype.base
    if dtype.names is None:
        return False
    return dtype.isalignedstruct or any(has_flag(dtype.fields[name][0]) for name in dtype.names)


def leaves(rows, path=""):
    """Every field that is no record, in order: numpy leaves the padding of a record it copies undefined."""
    if rows.dtype.names is None:
        yield path, rows
        return
    for name in rows.dtype.names:
        yield from leaves(rows[name], (path + "." + name).strip("."))


def problems(file, raw, dtype, row, aligned, capacity):
    made = common.evaluate(dtype)
    with open(raw, "rb") as source:
        written = np.frombuffer(source.read(), made).reshape([-1] + row)
    clean = np.zeros(written.shape, made)
    common.copy_fields(clean, written)
    for mode in MODES:
        loaded = np.load(file, mmap_mode=mode)
        if aligned and not (loaded.dtype == made and hash(loaded.dtype) == hash(made) and str(loaded.dtype) == str(made)):
            yield "%s: dtype %r, expected %r" % (mode, loaded.dtype, made)
        if not aligned and has_flag(loaded.dtype):
            yield "%s: an align flag in %r" % (mode, loaded.dtype)
        if layout(loaded.dtype, aligned) != layout(made, aligned):
            yield "%s: layout %s, expected %s" % (mode, layout(loaded.dtype, aligned), layout(made, aligned))
        if loaded.shape != (capacity, *row) or isinstance(loaded, np.memmap) != (mode is not None):
            yield "%s: shape %s, expected %s" % (mode, loaded.shape, (capacity, *row))
        if loaded.dtype.names != made.names:
            continue
        rows = loaded[: len(clean)]
        for (path, found), (_, value) in zip(leaves(rows), leaves(written)):
            if found.tobytes() != value.tobytes():
                yield "%s: values of %s" % (mode, path)
        if rows.tobytes() != clean.tobytes():
            yield "%s: bytes of the rows, or of their padding" % mode
        if loaded[len(clean) :].tobytes().strip(b"\0"):
            yield "%s: bytes after the rows" % mode


if __name__ == "__main__":
    common.judge(sys.argv[1], problems)
