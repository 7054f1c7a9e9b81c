"""load_images.py MANIFEST: what stock numpy finds in files that a kill or a loss of power left.

MANIFEST is a JSON list of `[file, bytes a row, number, start, serials]`: the rows from `start` on that are to be there,
each by the how manyth it was to be written, and whether a row is a small number. Prints what each file has instead:
`refused` and why, or `wrong` and the first row that is another one. Nothing for a file that has them all.
"""

import json
import os
import sys
import warnings

import numpy as np

import common

warnings.simplefilter("error")

# Large files have holes, and are not read as a whole.
LARGE = 1 << 22


def expected(size, number, serials):
    serials = np.array(serials, np.int64)[:, None]
    if number:
        return (serials % 7).astype("<u8").tobytes()
    numbers = (serials * 31 + np.arange(size) * 7 + serials // 256 * 13) % 251 + 1
    return numbers.astype(np.uint8).tobytes()


def problem(file, size, number, start, serials):
    try:
        rows = np.load(file, mmap_mode="r" if os.path.getsize(file) > LARGE else None)
    except Exception as error:
        return "refused: %r" % error
    if len(rows) < start + len(serials):
        return "wrong: a shape of %d rows" % len(rows)
    found = rows[start : start + len(serials)].tobytes()
    wanted = expected(size, number, serials)
    if found == wanted:
        return None
    at = next(i for i, (a, b) in enumerate(zip(found, wanted)) if a != b)
    return "wrong: row %d, byte %d" % (start + at // size, at % size)


def main(path):
    with open(path) as source:
        entries = json.load(source)
    problems = {entry[0]: problem(*entry) for entry in entries}
    problems = {file: text for file, text in problems.items() if text}
    common.say(numpy=np.__version__, looked=len(entries), problems=problems)


if __name__ == "__main__":
    main(sys.argv[1])
