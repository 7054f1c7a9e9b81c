"""save_numbered.py MANIFEST FOLDER ROWS: what stock numpy writes for each dtype of MANIFEST, rows numbered as in common.py.

MANIFEST is a JSON list of `{"dtype", "row"}`, as for check_written.py. Each is saved by `np.save` with ROWS rows, with
none, and with an array that isn't contiguous; and by `write_array` in each version of the format that can hold it.
"""

import json
import os
import sys
import warnings

import numpy as np

import common


def main(manifest, folder, count):
    with open(manifest) as source:
        entries = json.load(source)
    files = []

    def note(entry, name, array, version):
        path = os.path.join(folder, "%d-%s.npy" % (entry, name))
        with open(path, "wb") as file:
            if version is None:
                np.save(file, array)
            else:
                try:
                    np.lib.format.write_array(file, array, version=version)
                except UnicodeEncodeError:
                    os.remove(path)
                    return
        with open(path, "rb") as file:
            files.append(dict(entry=entry, file=path, rows=len(array), version=np.lib.format.read_magic(file)))

    for i, entry in enumerate(entries):
        dtype = common.evaluate(entry["dtype"])
        array = np.zeros((count, *entry["row"]), dtype)
        common.number(array, np.arange(count))
        twice = np.zeros((2 * count, *entry["row"]), dtype)
        twice[::2] = array
        note(i, "saved", array, None)
        note(i, "empty", array[:0], None)
        note(i, "strided", twice[::2], None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy says that old readers know no version but 1.0
            for version in ((2, 0), (3, 0)):
                note(i, "version%d" % version[0], array, version)
    common.say(numpy=np.__version__, files=files)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
