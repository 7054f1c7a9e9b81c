"""adopt_headers.py save|check FOLDER: headers as numpy writes them, and what it makes of those that were changed.

`save` writes files `N.npy`: headers of many lengths by numpy's own writer, and behind each as many zeros as its shape takes,
in a hole. `check` loads all `N.STATE.npy`, in memory where they are small, and compares each with what `N.npy` is.
"""

import os
import sys
import warnings

import numpy as np

import common

# Where it is differs by version.
write_header = getattr(np.lib, "_format_impl", np.lib.format)._write_array_header

SHAPES = [(0,), (7,), (10,), (999,), (123456,), (9999999,), (10, 3), (123456, 2, 4), (1234567890,)]


def headers():
    scalars = ["|u1", "<i4", ">f8", "<c16", "|S7", "<U3", "<M8[ns]", "<m8[25s]", "|V5"]
    yield from ((np.dtype(text), SHAPES) for text in scalars)
    # Every rest of 64 for the length of the text.
    yield from ((np.dtype([("n" * length, "|u1")]), [SHAPES[length % len(SHAPES)]]) for length in range(1, 70))
    yield np.dtype([("a", "<f8"), ("b", [("c", "<i2", (3,)), ("d", "|S4")])]), SHAPES
    yield np.dtype([("a", "|u1"), ("b", "<f8")], align=True), SHAPES
    yield np.dtype([("größe", "<f8"), ("价格", "<f4")]), SHAPES
    yield np.dtype([(("a # title", "it's # a name"), "<f8"), ('"\n#"', "<f4")]), SHAPES[:3]
    yield np.dtype([("field_number_%d" % i, "<f8") for i in range(200)]), SHAPES[:5]


def save(folder):
    warnings.simplefilter("ignore")  # about versions of the format
    count = 0
    for dtype, shapes in headers():
        for shape in shapes:
            facts = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
            for version in ((1, 0), (2, 0), (3, 0)):
                path = os.path.join(folder, "%d.npy" % count)
                with open(path, "wb") as file:
                    try:
                        write_header(file, facts, version)
                    except UnicodeEncodeError:
                        continue
                    size = dtype.itemsize
                    for length in shape:
                        size *= length
                    file.truncate(file.tell() + size)
                count += 1
    common.say(numpy=np.__version__, files=count)


def load(path):
    # What is empty can't be mapped.
    mapped = np.load(path, mmap_mode="r" if os.path.getsize(path) > 20_000 else None)
    return mapped.dtype, mapped.shape, mapped.flags.f_contiguous, getattr(mapped, "offset", None)


def check(folder):
    warnings.simplefilter("error")
    loaded, problems = 0, {}
    wanted = {}
    for name in sorted(os.listdir(folder)):
        original, *state = name[:-4].split(".")
        if not state:
            continue
        if original not in wanted:
            wanted[original] = load(os.path.join(folder, original + ".npy"))
        try:
            found = load(os.path.join(folder, name))
            if found != wanted[original] or found[0].descr != wanted[original][0].descr:
                problems[name] = "%r instead of %r" % (found, wanted[original])
        except Exception as error:
            problems[name] = repr(error)
        loaded += 1
    common.say(numpy=np.__version__, loaded=loaded, problems=problems)


{"save": save, "check": check}[sys.argv[1]](sys.argv[2])
