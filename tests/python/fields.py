"""fields.py MANIFEST: does stock numpy read the values that were meant, and what does it write of the same?

MANIFEST is a JSON list of `{"file", "dtype", "rows", "aligned", "saved"}`: a file of ours; its dtype and the values of its rows
as Python code; whether align flags are to be found; and where to save the same rows with numpy, in the form the file
has. Prints how many files agree in every way, what doesn't, and of each file how numpy prints its rows.
"""

import json
import sys
import warnings

import numpy as np

import common
import save_anything

warnings.simplefilter("ignore")  # about casts of NaN


def leaves(rows):
    """Every field that is no record; numpy leaves padding undefined."""
    if rows.dtype.names is None:
        yield rows
        return
    for name in rows.dtype.names:
        yield from leaves(rows[name])


def same(one, two):
    if one.dtype.char in "gG":
        # Some bytes of a long double mean nothing.
        parts = [(one, two)] if one.dtype.char == "g" else [(one.real, two.real), (one.imag, two.imag)]
        return all(np.array_equal(a, b, equal_nan=True) and (np.signbit(a) == np.signbit(b)).all() for a, b in parts)
    return one.tobytes() == two.tobytes()


def array(item, length):
    """`[item; length]` of Rust: of arrays it is one array with an axis more."""
    base, shape = item.subdtype or (item, ())
    return np.dtype((base, (length,) + shape))


def packed(fields):
    """`repr(C, packed)`: what has nowhere to be padded has the align flag as well."""
    aligned = np.dtype(fields, align=True)
    return aligned if aligned.alignment == 1 else np.dtype(fields)


def of_rows(dtype, values):
    base, shape = dtype.subdtype or (dtype, ())
    made = np.zeros((len(values),) + shape, base)
    for i, value in enumerate(values):
        made[i] = value
    return made


def problems(case, made, loaded):
    if loaded.dtype != made.dtype or loaded.shape != made.shape:
        yield "dtype %r %s, expected %r %s" % (loaded.dtype, loaded.shape, made.dtype, made.shape)
        return
    if case["aligned"] and loaded.dtype.isalignedstruct != made.dtype.isalignedstruct:
        yield "align flag"
    for found, expected in zip(leaves(loaded), leaves(made)):
        if not same(found, expected):
            yield "values %s, expected %s" % (found.tolist(), expected.tolist())


def printed(item):
    text = item.decode("latin1") if isinstance(item, bytes) else str(item)
    return None if any("\ud800" <= char <= "\udfff" for char in text) else text  # which JSON can't hold


def main(path):
    with open(path) as source:
        cases = json.load(source)
    found, prints = {}, []
    for case in cases:
        dtype = eval(case["dtype"], {"np": np, "array": array, "packed": packed})
        made = of_rows(dtype, eval("[%s]" % ",".join(case["rows"]), {"np": np}))
        loaded = np.load(case["file"])
        texts = list(problems(case, made, loaded))
        if texts:
            found["%s %s" % (case["file"], case["dtype"])] = texts
        if case["aligned"] and made.dtype.names is not None:
            save_anything.write_aligned(case["saved"], made)
        else:
            np.save(case["saved"], made)
        prints.append([printed(item) for item in loaded] if loaded.dtype.names is None and loaded.ndim == 1 else None)
    common.say(numpy=np.__version__, agree=len(cases) - len(found), problems=found, prints=prints)


if __name__ == "__main__":
    main(sys.argv[1])
