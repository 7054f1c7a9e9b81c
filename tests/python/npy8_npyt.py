"""npy8_npyt.py: Python npyt's NPY8 does as it is told, a line at a time, with numbered rows, and says what came of it as JSON.

The handle of a name stays open until it is opened anew. Rows are told as runs `[first, end]` of numbers that follow each other;
a row that is not its number all through is an error.

`open NAME DIR QUERY CAPACITY DTYPE SHAPE`, `append NAME FIRST COUNT BATCH...`, `read NAME`, `tail NAME N`, `head NAME N`,
`end NAME`, `merge NAME SIZE`, `lock NAME`; `write NAME FIRST COUNT BATCH...` says "begun" after the first batch, `follow NAME END`
says "ready" before it reads, until it has row END - 1 or nothing came for some seconds, `follow-by-copy` with a copy of the lock
from before each `read`; `save FILE FIRST COUNT DTYPE` is `np.save`.
An `append` with `peek` before its batches has a reader come, read and go now and then.
"""

import ast
import sys
import time

import numpy as np
import npyt

import common

handles = {}


class Handle:
    def __init__(self, directory, query, capacity, dtype, shape):
        self.directory, self.query = directory, int(query)
        self.dtype, self.shape = common.evaluate(dtype), tuple(ast.literal_eval(shape))
        self.file = npyt.NPY8(directory, int(capacity), self.query, self.dtype).load()

    def rows(self, first, count):
        made = np.zeros((count,) + self.shape, self.dtype)
        common.number(made, np.arange(first, first + count))
        return made

    def runs(self, arrays):
        """Checked, joined where they follow each other."""
        found = []
        for array in arrays:
            if len(array) == 0:
                continue
            column = array[array.dtype.names[0]] if array.dtype.names else array.reshape(len(array), -1)[:, 0]
            numbers = np.asarray(column).astype(np.int64)
            expected = np.zeros(array.shape, array.dtype)
            common.number(expected, numbers)
            same = [(array[n] == expected[n]).all() for n in array.dtype.names or ()] or [(array == expected).all()]
            assert all(same), "rows that are not numbered: %s" % array[:5]
            cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
            for part in np.split(numbers, cuts):
                if found and found[-1][1] == part[0]:
                    found[-1][1] = int(part[-1]) + 1
                else:
                    found.append([int(part[0]), int(part[-1]) + 1])
        return found

    def append(self, first, count, batches):
        look = batches[:1] == ["peek"]
        batches = [int(batch) for batch in batches[look:]]
        row = end = int(first)
        end += int(count)
        turn = 0
        while row < end:
            batch = min(batches[turn % len(batches)], end - row)
            assert self.file.append(self.rows(row, batch)) == 0
            row += batch
            turn += 1
            if look and turn % 50 == 0:
                npyt.NPY8(self.directory, query_size=self.query).load().tail(1)
            yield row

    def read_all(self):
        """Until it is empty, as often as there may be files: an empty answer also comes where a file is gone."""
        empty = 0
        while empty < 3:
            rows = self.file.read(1000)
            empty = empty + 1 if len(rows) == 0 else 0
            yield rows.copy()

    def follow(self, end, by_copy):
        lock = self.file._lock
        last = time.monotonic()
        while time.monotonic() - last < 20:
            if by_copy:
                self.file._lock = np.array(lock)
            rows = self.file.read(1000)
            if len(rows):
                last = time.monotonic()
                yield rows.copy()
                column = rows[rows.dtype.names[0]] if rows.dtype.names else rows.reshape(len(rows), -1)[:, 0]
                if column[-1] == end - 1:
                    return


def obey(verb, name, *rest):
    if verb == "open":
        handles[name] = Handle(*rest)
        return {}
    if verb == "save":
        first, count, dtype = rest
        rows = np.zeros(int(count), common.evaluate(dtype))
        common.number(rows, np.arange(int(first), int(first) + int(count)))
        np.save(name, rows)
        return {}
    handle = handles[name]
    if verb in ("append", "write"):
        first, count, *batches = rest
        for turn, _ in enumerate(handle.append(first, count, batches)):
            if verb == "write" and turn == 0:
                print("begun", flush=True)
        return {}
    if verb == "read":
        return {"runs": handle.runs(handle.read_all())}
    if verb in ("follow", "follow-by-copy"):
        print("ready", flush=True)
        return {"runs": handle.runs(handle.follow(int(rest[0]), verb == "follow-by-copy"))}
    if verb in ("tail", "head"):
        arrays = getattr(handle.file, verb)(int(rest[0]))
        return {"runs": handle.runs(arrays), "lengths": [len(array) for array in arrays]}
    if verb == "end":
        return {"end": handle.file.end()}
    if verb == "merge":
        return {"merged": handle.file.merge(int(rest[0]))}
    if verb == "lock":
        return {"lock": [int(name) for name in handle.file._lock]}
    raise SystemExit("what is %r?" % verb)


for line in sys.stdin:
    try:
        common.say(**obey(*line.rstrip("\n").split("\t")))
    except Exception as error:
        common.say(error=repr(error))
    sys.stdout.flush()
