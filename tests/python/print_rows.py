"""Saves arrays of random dtypes and values, and prints how numpy prints their rows.

print_rows.py FOLDER SEED COUNT: {"numpy": version, "files": {name: [str(row), ...]}}
"""

import json
import os
import sys

import numpy as np

from random_rows import MODES, dtype, fill, floats, r, shape

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
r.seed(seed)

files = {}


def write(a, rows, version=None):
    name = f"{len(files)}.npy"
    with open(os.path.join(folder, name), "wb") as file:
        np.lib.format.write_array(file, a, version=version)
    files[name] = rows


def save(a):
    rows = [str(row) for row in a]
    write(a, rows, r.choice([None, None, (2, 0), (3, 0)]))
    if a.ndim > 1:
        write(np.asfortranarray(a), rows)
    if a.ndim == 1 and len(a) and r.random() < 0.5:
        write(np.array(a[0]), rows[:1])


for kind in ["f2", "f4", "f8", "g"]:
    for mode in MODES:
        save(floats(300, kind, mode))
        for _ in range(12):
            save(floats(40, kind, mode).reshape(8, 5))
            save(floats(30, kind, r.choice(MODES)).reshape(10, 3))
for kind in ["F", "D", "G"]:
    for _ in range(30):
        a = np.zeros(60, kind)
        fill(a)
        save(a)
        save(a.reshape(15, 4))
for _ in range(count):
    d = dtype(r.randint(0, 3))
    while d.itemsize > 3000:
        d = dtype(r.randint(0, 3))
    a = np.zeros(r.randint(1, 5), d)
    fill(a)
    save(a)
    lens = shape()
    a = np.zeros(int(np.prod(lens)) * r.randint(1, 3), d)
    fill(a)
    save(a.reshape(-1, *lens))
for lens in [(2, 1500), (1, 60, 60), (1, 2, 3, 400), (1, 1001, 1), (3, 0), (2, 0, 3), (2, 7, 200)]:
    for d in ["f8", "i2", "D", "S3", "M8[s]", "?", "f4,i2", [("a", "f8", (2,)), ("b", "?")]]:
        a = np.zeros(int(np.prod(lens)), d)
        fill(a)
        save(a.reshape(lens))
for lens in [(0,), (4, 0), (0, 4), (2, 3, 0), (0, 0)]:
    save(np.zeros(lens, "f8"))
for d in ["V0", "S0", "U0", [], [("a", "V0"), ("b", "f8", (0,))]]:
    save(np.zeros(3, d))
    save(np.zeros((2, 3), d))
print(json.dumps({"numpy": np.__version__, "files": files}))
