"""check_same.py MANIFEST: pairs of files that stock numpy is to find the same rows of the same dtype in.

MANIFEST is a JSON list of `[file, file]`.
"""

import json
import sys
import warnings

import numpy as np

import common


def facts(path, mode):
    rows = np.load(path, mmap_mode=mode)
    return common.canonical(rows.dtype), rows.dtype.descr, rows.shape, rows.tobytes()


def main(manifest):
    warnings.simplefilter("error")
    with open(manifest) as source:
        pairs = json.load(source)
    problems = {}
    for a, b in pairs:
        # An array of no bytes can't be mapped.
        for mode in (None, "r") if np.load(a).nbytes else (None,):
            found = facts(a, mode), facts(b, mode)
            if found[0] != found[1]:
                problems[b] = [repr(f[:3]) for f in found]
    common.say(numpy=np.__version__, same=len(pairs) - len(problems), problems=problems)


main(sys.argv[1])
