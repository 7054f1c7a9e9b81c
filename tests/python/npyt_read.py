"""npyt_read.py FILE [LIMIT]: what Python npyt makes of FILE; values only up to LIMIT rows (1000)."""

import sys

import common
import npyt


def main(path, limit=1000):
    file = npyt.NPYT(path).load(mmap_mode="r")
    if file.info() is None:
        common.say(npyt=npyt.__version__, tail=None)
        return
    data = file.data()
    common.say(
        npyt=npyt.__version__,
        tail=list(file.info()),
        start=file.start(),
        end=file.end(),
        capacity=file.capacity(),
        dtype=str(file.dtype()),
        aligned=file.dtype().isalignedstruct,
        itemsize=file.dtype().itemsize,
        values=common.plain(data.tolist()) if len(data) <= limit else None,
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
