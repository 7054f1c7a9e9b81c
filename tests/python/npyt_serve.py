"""npyt_serve.py: Python npyt does as it is told, a line at a time.

`append FILE FIRST COUNT` appends numbered rows, `read FILE` prints what the file holds, each as JSON. Handles stay open
until `forget FILE`.
"""

import sys

import numpy as np
import npyt

import common

handles = {}


def opened(path, mode):
    if (path, mode) not in handles:
        handles[path, mode] = npyt.NPYT(path).load(mmap_mode=mode)
    return handles[path, mode]


def main():
    for line in sys.stdin:
        verb, path, *numbers = line.strip().split("\t")
        if verb == "append":
            first, count = map(int, numbers)
            file = opened(path, "r+")
            rows = np.zeros((count, *file.data().shape[1:]), file.dtype())
            common.number(rows, np.arange(first, first + count))
            common.say(remaining=file.append(rows), end=file.end())
        elif verb == "read":
            file = opened(path, "r")
            common.say(
                values=common.plain(file.data().tolist()),
                end=file.end(),
                capacity=file.capacity(),
                tail=list(file.info()),
                aligned=file.dtype().isalignedstruct,
            )
        elif verb == "forget":
            for mode in ("r", "r+"):
                handles.pop((path, mode), None)
            common.say()
        else:
            raise SystemExit("what is %r?" % line)
        sys.stdout.flush()


main()
