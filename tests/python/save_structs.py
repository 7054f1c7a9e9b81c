"""Saves arrays of dtypes that Rust structs are printed of, and prints how numpy prints their rows.

save_structs.py FOLDER SEED COUNT: {"numpy": version, "files": {name: [str(row), ...] or null}}; null where no struct can hold all
fields.
"""

import json
import os
import sys

import numpy as np

from random_rows import fill, r, scalar, shape

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r.seed(seed)

NAMES = ["px", "type", "self", "askPx", "PX", "a b", "a.b", "价格", "é", "2nd", "_", "__", "_pad0", "x\"y", "it's", "a\\b", "S", "gen",
         "fn", "u8", "Row", "npyt", "f", "a__b", "\x7f\n", "U0001f600", "crate", "Copy", "\u0301", "r#in"]


def names(n):
    return r.sample(NAMES, n)


def dtype(depth, may_gap=True):
    if depth == 0 or r.random() < 0.3:
        return scalar()
    n = r.randint(1, 5)
    fields = []
    for name in names(n):
        inner = dtype(depth - 1)
        if r.random() < 0.4:
            inner = np.dtype((inner, shape()))
        if inner.itemsize > 2000:
            inner = scalar()
        fields.append((name, inner))
    kind = r.random()
    if kind < 0.35:
        return np.dtype(fields, align=True)
    if kind < 0.6:
        return np.dtype(fields)
    if kind < 0.75:
        titles = [f"Title {i}" if r.random() < 0.6 else None for i in range(n)]
        return np.dtype([((t, name), d) if t else (name, d) for t, (name, d) in zip(titles, fields)], align=r.random() < 0.5)
    # Gaps anywhere, or at multiples of the alignment.
    offsets, end = [], 0
    natural = r.random() < 0.5
    for _, d in fields:
        end += r.choice([0, 0, 1, 3, 8])
        if natural:
            end = -(-end // 16) * 16 if r.random() < 0.3 else -(-end // d.alignment) * d.alignment
        offsets.append(end)
        end += d.itemsize
    size = end + r.choice([0, 0, 1, 5, 16])
    if natural:
        size = -(-size // 16) * 16
    return np.dtype({"names": [f[0] for f in fields], "formats": [f[1] for f in fields], "offsets": offsets, "itemsize": size})


files = {}


def path():
    return os.path.join(folder, f"{len(files)}.npy")


def save(a, all_fit=True):
    np.save(path(), a)
    files[f"{len(files)}.npy"] = [str(row) for row in a] if all_fit else None


def filled(d, *lens):
    a = np.zeros(int(np.prod(lens)), d)
    fill(a)
    return a.reshape(lens)


def save_by_dict(spec, rows, ordered):
    """What np.save can't: a header that says where each field lies."""
    d = np.dtype(spec)
    text = repr({"descr": (f"|V{d.itemsize}", spec), "fortran_order": False, "shape": (rows,)})
    text += " " * (-(len(text) + 11) % 64) + "\n"
    data = r.randbytes(rows * d.itemsize)
    with open(path(), "wb") as file:
        file.write(b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text.encode("latin1") + data)
    loaded = np.load(path())
    assert loaded.dtype == d, (loaded.dtype, d)
    files[f"{len(files)}.npy"] = [str(row) for row in loaded[ordered]] if ordered else None


for kind in ["?", "i1", ">i2", "u8", "f2", ">f2", "f4", "g", ">g", "F", "D", "G", ">D", ">G", "S3", "U2", ">U2", "V5", "M8[ns]", ">M8[25us]",
             "m8[Y]", ">m8[7D]", "M8", "m8"]:
    save(np.full(3, "NaT", kind) if kind in ("M8", "m8") else filled(kind, 3))
    save(np.full((2, 3, 2), "NaT", kind) if kind in ("M8", "m8") else filled(kind, 2, 3, 2))
for _ in range(count):
    d = dtype(r.randint(1, 3))
    save(filled(d, 3))
    if r.random() < 0.2 and d.itemsize < 300:
        save(filled(d, 2, 2, 3))
for d in [[("a", "u1"), ("b", "g")], [("a", "g"), ("b", "G", 2), ("c", "?")], [("a", "u1"), ("n", [("x", "g"), ("y", "G", (2, 2))], 2)]]:
    for align in [False, True]:
        save(filled(np.dtype(d, align=align), 3))
save_by_dict({"names": ["b", "a"], "formats": ["<f8", "<i4"], "offsets": [8, 0], "itemsize": 16}, 3, ["a", "b"])
save_by_dict({"names": ["b", "a"], "formats": ["<i8", "<u4"], "offsets": [5, 0], "itemsize": 14}, 3, ["a", "b"])
save_by_dict({"names": ["all", "low", "high"], "formats": ["<i8", "<u4", "<u4"], "offsets": [0, 0, 4], "itemsize": 8}, 3, None)
save_by_dict({"names": ["x", "y", "z"], "formats": ["<i4", "<i8", "|S3"], "offsets": [0, 2, 12], "itemsize": 15}, 3, None)
for d in [[("a", "S0"), ("b", "<f8")], [("a", "<f8", (0,)), ("b", [("c", "V0"), ("d", "<u2")], 2), ("e", [])]]:
    save(filled(d, 3), False)
print(json.dumps({"numpy": np.__version__, "files": files}))
