"""check_values.py MANIFEST: does stock numpy see in each file the dtype and the values that it should?

MANIFEST is a JSON list of `{"file", "dtype", "values"}`: the dtype as Python code (see common.py), whose align flags are
to be found where "flags" is true; the rows as `repr` shows them in Python's own types. For each file a copy is saved beside
it by `np.save`, under the same name with `.copy` before the ending. Prints how many files agree in every way, and what
doesn't.
"""

import sys

import numpy as np

import common


def without_flags(canonical):
    if isinstance(canonical, dict):
        return {key: without_flags(value) for key, value in canonical.items() if key != "aligned"}
    if isinstance(canonical, list):
        return [without_flags(member) for member in canonical]
    return canonical


def python(value):
    """Arrays inside of rows as lists."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(python, value))
    return value.tolist() if isinstance(value, np.ndarray) else value


def problems(file, dtype, values, flags):
    made = common.evaluate(dtype)
    loaded = np.load(file)
    if loaded.dtype != made:
        yield "dtype %r, expected %r" % (loaded.dtype, made)
    expected, found = common.canonical(made), common.canonical(loaded.dtype)
    if not flags:
        expected, found = without_flags(expected), without_flags(found)
    if found != expected:
        yield "%s, expected %s" % (found, expected)
    found = repr(python(loaded.tolist()))
    if found != values:
        yield "values %s, expected %s" % (found, values)
    covered = np.zeros(loaded.shape, loaded.dtype)
    common.copy_fields(covered, loaded)
    if covered.tobytes() != loaded.tobytes():
        yield "bytes that are not zero where no field is"
    np.save(file.replace(".npy", ".copy.npy"), loaded)


if __name__ == "__main__":
    common.judge(sys.argv[1], problems)
