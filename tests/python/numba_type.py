"""numba_type.py FILE [DTYPE], numba_type.py --manifest MANIFEST: does numba type the loaded array as an array made with
`align=True`?

The array made is of DTYPE, or of the fields of the file written down again with `align=True`. MANIFEST names the files,
and each one's dtype, as for check_written.py.
"""

import json
import sys

import numba
import numpy as np

from common import aligned_twin, dtype, evaluate, say


def types(path, twin=None):
    loaded = np.load(path)
    twin = aligned_twin(loaded.dtype) if twin is None else twin
    made = np.zeros((1,) + loaded.shape[1:], dtype=twin)
    read_only = made.view()
    read_only.flags.writeable = False
    same = {
        mode or "load": numba.typeof(np.load(path, mmap_mode=mode)) == numba.typeof(read_only if mode == "r" else made)
        for mode in (None, "r", "r+", "c")
    }
    return dict(
        same=all(same.values()),
        by_mode=same,
        loaded=str(numba.typeof(loaded)),
        made=str(numba.typeof(made)),
    )


def main(path, literal=None):
    versions = dict(numpy=np.__version__, numba=numba.__version__)
    if path == "--manifest":
        with open(literal) as source:
            entries = json.load(source)
        say(files=[types(entry["file"], evaluate(entry["dtype"])) for entry in entries], **versions)
    else:
        say(**types(path, None if literal is None else dtype(literal)), **versions)


if __name__ == "__main__":
    main(*sys.argv[1:])
