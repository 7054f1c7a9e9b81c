"""Holds what `npyt head` printed of each file of a folder, beside it as .csv and .jsonl, against what numpy loads: bit by bit.

Prints {"problems": {...}, "values": how many agreed}.
"""
import ast
import csv
import json
import sys
from pathlib import Path

import numpy as np

# Of the largest numbers as text.
np.seterr(over='ignore')
problems, values = {}, 0
SPECIAL = {'NaN': 'nan', 'Infinity': 'inf', '-Infinity': '-inf'}


class Number(str):
    """A number of JSON as it stands there."""


def equal(a, b):
    """Floats of one width; which NaN it is doesn't count."""
    return bool(np.isnan(a) and np.isnan(b) or a == b and np.signbit(a) == np.signbit(b))


def of_float(found, item, is_json):
    if is_json and not isinstance(found, Number):
        return found in SPECIAL and not np.isfinite(item) and equal(item.dtype.type(SPECIAL[found]), item)
    if is_json:
        json.loads(found)
    return (found in SPECIAL) == (not np.isfinite(item)) and equal(item.dtype.type(SPECIAL.get(found, found)), item)


def of_complex(found, item, is_json):
    if is_json:
        return isinstance(found, list) and len(found) == 2 and of_float(found[0], item.real, True) and of_float(
            found[1], item.imag, True)
    if item.dtype.itemsize > 16:
        # Python has no complex of that width: by its parts.
        sign = max(found[1:].replace('e-', 'e_').rfind('-'), found[1:].replace('e+', 'e_').rfind('+')) + 1
        re, im = found[:sign], found[sign:-1].removeprefix('+')
        return of_float(re, item.real, False) and of_float(im, item.imag, False)
    number = item.dtype.type(complex(found))
    return equal(number.real, item.real) and equal(number.imag, item.imag)


def of_scalar(found, item, is_json):
    """Whether the text, or the value of JSON, is the scalar of numpy."""
    kind = item.dtype.kind
    if kind == 'b':
        return found is bool(item) if is_json else found == str(bool(item)).lower()
    if kind in 'iu':
        return (isinstance(found, Number) or not is_json) and found == str(int(item))
    if kind == 'f':
        return of_float(found, item, is_json)
    if kind == 'c':
        return of_complex(found, item, is_json)
    if kind in 'Mm' and np.isnat(item):
        return found is None if is_json else found == 'NaT'
    if kind == 'M':
        return type(found) is str and found == str(item)
    if kind == 'm':
        return (isinstance(found, Number) or not is_json) and int(found) == int(item.view('i8'))
    if kind == 'S':
        return ast.literal_eval("b'" + found.replace("'", "\\'").replace('\n', '\\n') + "'") == bytes(item)
    if kind == 'U':
        return found == str(item)
    return bytes.fromhex(found) == item.tobytes()


def scalar_of(item):
    return item if isinstance(item, np.generic) else item[()]


def of_json(found, item):
    """The same for whatever there is."""
    global values
    if isinstance(item, np.ndarray) and item.ndim:
        return isinstance(found, list) and len(found) == len(item) and all(map(of_json, found, item))
    if item.dtype.names:
        return list(found) == list(item.dtype.names) and all(of_json(found[name], item[name]) for name in item.dtype.names)
    values += 1
    return of_scalar(found, scalar_of(item), True)


def leaves(dtype, path=''):
    """The paths of the scalars of a row."""
    if dtype.names:
        return [leaf for name in dtype.names for leaf in leaves(dtype[name], f'{path}.{name}' if path else name)]
    if dtype.subdtype:
        item, shape = dtype.subdtype
        return [leaf for at in np.ndindex(shape) for leaf in leaves(item, path + ''.join(f'[{i}]' for i in at))]
    return [path or 'value']


def scalars(item):
    if isinstance(item, np.ndarray) and item.ndim:
        return [scalar for part in item for scalar in scalars(part)]
    if item.dtype.names:
        return [scalar for name in item.dtype.names for scalar in scalars(item[name])]
    return [scalar_of(item)]


for path in sorted(Path(sys.argv[1]).glob('*.npy')):
    array = np.load(path)
    rows = array if array.ndim else array.reshape(1)
    row = np.dtype((rows.dtype, rows.shape[1:]))
    lines = path.with_suffix('.jsonl').read_bytes().split(b'\n')
    if lines.pop() != b'' or len(lines) != len(rows):
        problems[path.name] = f'{len(lines)} lines of JSON, {len(rows)} rows'
        continue
    for i, line in enumerate(lines):
        found = json.loads(line, parse_int=Number, parse_float=Number)
        if not of_json(found, rows[i]):
            problems.setdefault(path.name, f'row {i} of the JSON: {line!r}, not {rows[i]!r}')
    with open(path.with_suffix('.csv'), encoding='utf-8', errors='surrogatepass', newline='') as file:
        header, *lines = csv.reader(file)
    if header != leaves(row) or len(lines) != len(rows):
        problems.setdefault(path.name, f'CSV: {header}, {len(lines)} lines, not {leaves(row)}, {len(rows)}')
    for i, line in enumerate(lines):
        wanted = scalars(rows[i])
        if len(line) != len(wanted):
            problems.setdefault(path.name, f'row {i} of the CSV has {len(line)} cells, not {len(wanted)}')
        for name, cell, scalar in zip(header, line, wanted):
            values += 1
            if not of_scalar(cell, scalar, False):
                problems.setdefault(path.name, f'row {i}, {name} of the CSV: {cell!r}, not {scalar!r}')
print(json.dumps({'problems': problems, 'values': values}))
