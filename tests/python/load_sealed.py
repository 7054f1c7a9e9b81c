"""load_sealed.py MANIFEST WORDS: whether files that were sealed are exactly their rows.

MANIFEST is a JSON list of `[file, rows, words of its tail]`: row i holds i in each of its numbers, as far as they go. Prints
what is wrong with each file by `np.load`, or by Python npyt where WORDS is not 0: with files that have so many.
"""

import json
import sys

import numpy as np

import common



def differs(found, rows):
    if len(found) != rows:
        return "%d rows, expected %d" % (len(found), rows)
    numbers = np.arange(rows).astype(found.dtype).reshape((rows,) + (1,) * (found.ndim - 1))
    return None if (found == numbers).all() else "other rows"


def by_numpy(path, rows):
    return differs(np.load(path, mmap_mode="r"), rows)


def by_npyt(path, rows):
    # Not before: it puts a loader of its own in the place of numpy's.
    import npyt

    file = npyt.NPYT(path).load("r")
    if (file.end(), file.capacity()) != (rows, rows):
        return "end %d of %d, expected %d" % (file.end(), file.capacity(), rows)
    return differs(file.data(), rows)


def main(path, words):
    with open(path) as source:
        entries = json.load(source)
    if words:
        entries = [entry for entry in entries if entry[2] == words]
    problems = {path: (by_npyt if words else by_numpy)(path, rows) for path, rows, _ in entries}
    common.say(looked=len(entries), problems={path: text for path, text in problems.items() if text})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
