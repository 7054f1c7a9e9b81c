"""load_facts.py FOLDER: what stock numpy says of each `.npy` in FOLDER: dtype, flag, shape, order, version, offset."""

import os
import sys

import numpy as np

import common


def facts(path):
    loaded = np.load(path)
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        file.seek(8)
        length = int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
        offset = file.tell() + length
        fortran = b"'fortran_order': True" in file.read(length)
    return dict(
        dtype=common.canonical(loaded.dtype),
        aligned=loaded.dtype.isalignedstruct,
        shape=list(loaded.shape),
        fortran=fortran,
        version=list(version),
        offset=offset,
    )


def main(folder):
    names = [name for name in os.listdir(folder) if name.endswith(".npy")]
    common.say(numpy=np.__version__, files={name: facts(os.path.join(folder, name)) for name in names})


if __name__ == "__main__":
    main(sys.argv[1])
