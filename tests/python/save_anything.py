"""save_anything.py FOLDER SEED COUNT: what numpy can save: the kinds there are, and COUNT random records in two forms.

Prints what stock numpy says of each after loading it again. The aligned form is written here by hand, as a header that
any program could have written.
"""

import os
import random
import sys
import warnings

import numpy as np

import common
import load_facts

warnings.simplefilter("ignore")  # about versions of the format

SCALARS = """
|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 >i2 >i4 >i8 >u2 >u4 >u8 <f2 <f4 <f8 >f2 >f4 >f8 <f16 <c8 <c16 >c16 <c32
|S1 |S7 |S0 <U1 <U5 >U5 <U0 |V1 |V3 |V16
<M8[Y] <M8[M] <M8[W] <M8[D] <M8[h] <M8[m] <M8[s] <M8[ms] <M8[us] <M8[ns] <M8[ps] <M8[fs] <M8[as] <M8[25s] >M8[us] <M8
<m8[ns] <m8[7D] >m8[ms] <m8
""".split()

RECORDS = [
    [("a", "<i8"), ("b", "<f4")],
    [(("A title", "a"), "<i8"), ("b", "<f4")],
    [("a", "<f2", (3,)), ("b", [("x", ">i4"), ("y", "|S3")], (2, 2)), ("c", "<M8[ns]")],
    [("a", [("b", [("c", [("d", "|u1")])])])],
    [("größe", "<f8"), ("ñ", "|b1")],
    [("价格", "<f8"), ("数量", "<U3")],
    [("it's", "<i2"), ('"', "<i2"), ("both ' and \"", "<i2"), ("a\\b\n\t", "<i2"), ("\x7f\x00", "<i2")],
    [("a", "<f8", (1,)), ("b", "<f8", 3), ("c", "|V5"), ("d", "<c8")],
    [("empty", "|S0"), ("none", "<f8", (0,)), ("one", "|u1")],
]


def shaped(dtype):
    yield np.zeros((), dtype)
    yield np.zeros(0, dtype)
    yield np.zeros(3, dtype)
    yield np.zeros((0, 4), dtype)
    yield np.zeros((2, 3, 4), dtype)
    yield np.zeros((3, 2), dtype, order="F")
    yield np.zeros((3, 0), dtype)


def leaf(rng):
    return rng.choice([s for s in SCALARS if s[1:] not in ("S0", "U0")])


def record(rng, depth):
    """Random fields. Random rather than exhaustive: names, nesting, order of bytes, arrays and titles, all together."""
    alphabet = ["a", "Z", "_", "0", " ", "'", '"', "\\", "é", "ÿ", "\x80"]
    if rng.random() < 0.2:
        alphabet += ["价", "\u2028", "😀"]
    fields = []
    for i in range(rng.randint(1, 6)):
        name = "%d%s" % (i, "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 5))))
        if rng.random() < 0.1:
            name = ("t%d" % i, name)
        member = record(rng, depth - 1) if depth and rng.random() < 0.3 else leaf(rng)
        shape = rng.choice([(), (), (), (1,), (3,), (2, 2)])
        fields.append((name, member, shape) if shape else (name, member))
    return np.dtype(fields, align=rng.random() < 0.5)


def form(dtype, outer):
    """A member of the aligned form; see the library's own documentation of it."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return (form(base, outer), shape)
    if dtype.names is None:
        return dtype.str
    made = {
        "names": list(dtype.names),
        "formats": [form(dtype.fields[name][0], dtype.isalignedstruct) for name in dtype.names],
        "offsets": [dtype.fields[name][1] for name in dtype.names],
        "itemsize": dtype.itemsize,
        "aligned": dtype.isalignedstruct,
    }
    if any(len(dtype.fields[name]) == 3 for name in dtype.names):
        made["titles"] = [dtype.fields[name][2] if len(dtype.fields[name]) == 3 else None for name in dtype.names]
    if outer and not dtype.isalignedstruct:
        return ("|V%d" % dtype.itemsize, made)
    return made


def write_aligned(path, array):
    descr = ("|V%d" % array.dtype.itemsize, form(array.dtype, False))
    text = repr({"descr": descr, "fortran_order": False, "shape": array.shape})
    try:
        head, text = b"\x93NUMPY\x02\x00", text.encode("latin1")
    except UnicodeEncodeError:
        head, text = b"\x93NUMPY\x03\x00", text.encode("utf8")
    text += b" " * (-(12 + len(text) + 1) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(head + len(text).to_bytes(4, "little") + text + array.tobytes())


def main(folder, seed, count):
    names = []

    def path():
        names.append("%d.npy" % len(names))
        return os.path.join(folder, names[-1])

    for dtype in SCALARS:
        for array in list(shaped(dtype))[: None if dtype in ("<f8", "|u1", "<M8[ns]") else 3]:
            np.save(path(), array)
    for fields in RECORDS:
        for align in (False, True):
            for array in shaped(np.dtype(fields, align=align)):
                np.save(path(), array)
    np.save(path(), np.zeros(2, [("field_%d" % i, "<f8") for i in range(400)]))
    rng = random.Random(seed)
    for i in range(count):
        dtype = record(rng, 2)
        np.save(path(), np.zeros(i % 4, dtype))
        write_aligned(path(), np.zeros(i % 4, dtype))
    # Some are not for np.load: numpy itself refuses a few of what it saved (a title, a name with a null). Those don't count.
    files, refused = {}, 0
    for name in names:
        try:
            files[name] = load_facts.facts(os.path.join(folder, name))
        except (ValueError, TypeError, KeyError, SyntaxError):
            refused += 1
    # More than 65,535 characters: version 2.0 by np.save's own choice, loaded only by those who ask for it.
    wide = np.zeros(2, [("a_rather_long_name_of_field_%d" % i, "<f8") for i in range(2000)])
    np.save(os.path.join(folder, "wide.npy"), wide)
    with open(os.path.join(folder, "wide.npy"), "rb") as file:
        version = np.lib.format.read_magic(file)
        file.read(int.from_bytes(file.read(4), "little"))
        assert version == (2, 0)
        files["wide.npy"] = dict(
            dtype=common.canonical(wide.dtype), aligned=False, shape=[2], fortran=False, version=[2, 0], offset=file.tell()
        )
    common.say(numpy=np.__version__, refused=refused, files=files)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
