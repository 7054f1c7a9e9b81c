"""describe.py FILE [LIMIT]: what stock numpy makes of FILE; values only up to LIMIT rows (1000)."""

import struct
import sys

import numpy as np

from common import aligned_twin, plain, say


def layout(dtype):
    """Each field: name, type, offset, size, and the fields inside."""
    base = dtype.base
    if base.names is None:
        return None
    return [
        {
            "name": name,
            "dtype": str(base.fields[name][0]),
            "offset": base.fields[name][1],
            "itemsize": base.fields[name][0].itemsize,
            "aligned": base.fields[name][0].base.isalignedstruct,
            "shape": list(base.fields[name][0].shape),
            "fields": layout(base.fields[name][0]),
        }
        for name in base.names
    ]


def main(path, limit=1000):
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        length = "<H" if version == (1, 0) else "<I"
        (header,) = struct.unpack(length, file.read(struct.calcsize(length)))
        offset = file.tell() + header

    loaded = np.load(path)
    mapped = np.load(path, mmap_mode="r")
    assert loaded.dtype == mapped.dtype and loaded.dtype.isalignedstruct == mapped.dtype.isalignedstruct
    assert loaded.shape == mapped.shape
    assert mapped.offset == offset, "numpy maps the rows from %d, the header ends at %d" % (mapped.offset, offset)
    dtype = loaded.dtype
    twin = equal = None
    if dtype.names is not None:
        twin = aligned_twin(dtype)
        equal = dtype == twin and hash(dtype) == hash(twin)
    say(
        numpy=np.__version__,
        version=list(version),
        dtype=str(dtype),
        descr=plain(dtype.descr) if describable(dtype) else None,
        aligned=dtype.isalignedstruct,
        equals_aligned_twin=equal,
        itemsize=dtype.itemsize,
        names=list(dtype.names) if dtype.names is not None else None,
        fields=layout(dtype),
        shape=list(loaded.shape),
        offset=offset,
        values=plain(loaded.tolist()) if loaded.shape[:1] <= (limit,) else None,
    )


def describable(dtype):
    try:
        dtype.descr
    except ValueError:  # overlapping fields, or fields out of order
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
