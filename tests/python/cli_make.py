"""Saves arrays of every kind of dtype into a folder, and prints what numpy says of each as a list of JSON objects."""
import json
import sys
import warnings
from pathlib import Path

import numpy as np

# That version 3.0 needs a numpy of 2019.
warnings.simplefilter('ignore')
folder = Path(sys.argv[1])
random = np.random.default_rng(20_250_510)

INT_MIN = np.iinfo(np.int64).min
BOOK = np.dtype([('bid', [('px', '<f8'), ('qty', '<f4')], (2,)), ('seq', '>u8')], align=True)
TICK = [('ts', '<M8[ns]'), ('px', '<f8'), ('qty', '<f4'), ('side', 'u1')]


def floats(dtype):
    info = np.finfo(dtype)
    few = [0.0, -0.0, 1.0, -1.5, np.nan, np.inf, -np.inf, info.max, -info.max, info.tiny, info.smallest_subnormal, info.eps]
    few = np.array(few, dtype)
    scale = min(int(info.maxexp) - 2, 1000)
    many = random.standard_normal(20).astype(dtype) * np.exp2(random.integers(-scale, scale, 20)).astype(dtype)
    third = np.ones(3, dtype) / np.array([3, 7, 10], dtype)
    return np.concatenate([few, many, third])


def fill(dtype, count):
    """Values of that dtype, the ends of its range among them."""
    dtype = np.dtype(dtype)
    out = np.zeros(count, dtype)
    if dtype.names:
        for name in dtype.names:
            out[name] = fill(dtype[name], count)
        return out
    if dtype.subdtype:
        item, shape = dtype.subdtype
        return fill(item, count * int(np.prod(shape))).reshape(count, *shape)
    kind = dtype.kind
    if kind == 'b':
        values = random.integers(0, 2, 8).astype(bool)
    elif kind in 'iu':
        info = np.iinfo(dtype)
        values = [info.min, info.max, 0, 1, *random.integers(info.min, info.max, 6, dtype.newbyteorder('=').type, True)]
    elif kind == 'f':
        values = floats(dtype.newbyteorder('='))
    elif kind == 'c':
        part = floats(np.zeros(1, dtype.newbyteorder('=')).real.dtype)
        values = np.zeros(len(part), dtype.newbyteorder('='))
        values.real, values.imag = part, part[::-1]
    elif kind in 'Mm':
        # Years that numpy itself reckons right.
        values = [0, -1, 1, INT_MIN, 5_000, *random.integers(-100_000, 100_000, 5)]
        if 'ns' in dtype.str or kind == 'm':
            values += [INT_MIN + 1, np.iinfo(np.int64).max, 1_706_745_599_123_456_789]
        values = np.array(values, np.int64).view(dtype.newbyteorder('='))
    elif kind == 'S':
        values = [b'', b'A', b'AAPL', b'a\x00b', b'\\x\xff', b'"q",\n', b"it's", b' ', b'\t\r\n', bytes(range(128, 140))]
    elif kind == 'U':
        values = ['', 'A', '\xe9\u6f22\U0001f600', 'a\\b', '"', ',\n', ' x ', '\ud800', '\x1b[1m', '\x7f\x85', "'"]
    else:
        values = [random.bytes(dtype.itemsize) for _ in range(5)]
        return np.frombuffer(b''.join(values * (count // 5 + 1)), dtype)[:count]
    for i in range(count):
        out[i] = values[i % len(values)]
    return out


SCALARS = ['?', 'i1', 'u1', 'S5', 'S12', 'V3', '<U6', '>U6', '<M8[ns]', '<M8[Y]', '>M8[M]', '<M8[W]', '<M8[D]', '<M8[h]', '<M8[m]',
           '<M8[s]', '<M8[25us]', '>M8[ms]', '<M8[as]', '<m8[s]', '>m8[Y]', '<m8', '<f16', '<c32']
SCALARS += [order + kind for kind in ['i2', 'i4', 'i8', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'c8', 'c16'] for order in '<>']

arrays = {f'scalar-{i}-{name.strip("<>?[]")}': fill(name, 40) for i, name in enumerate(SCALARS)}
arrays |= {
    'tick': fill(TICK, 30),
    'aligned': fill(np.dtype(TICK, align=True), 30),
    'titled': fill([(('Time of day', 'ts'), '<M8[D]'), (('Name', 'sym'), 'S4')], 12),
    'book': fill(np.dtype([('ts', '<i8'), ('book', BOOK, (2,)), ('z', '<c8', (2, 3)), ('ok', '?')], align=True), 12),
    'unicode': fill([('prix', '<f8'), ('\xe9tat', 'u1'), ('\u540d', '<U3')], 5),
    'odd-names': fill([('a,b', '<i2'), ('with "quotes"', '<i2'), ('two\nlines', '<i2'), (' ', '<i2')], 3),
    'every': fill([(f'f{i}', name) for i, name in enumerate(SCALARS)], 40),
    'matrix': fill('<f4', 12).reshape(4, 3),
    'cube': fill('<i2', 24).reshape(2, 3, 4),
    'records-in-rows': fill(TICK, 6).reshape(3, 2),
    'fortran': np.asfortranarray(fill('<i4', 12).reshape(4, 3)),
    'zero-d': fill('<f8', 3)[2],
    'zero-d-record': fill(TICK, 1)[0],
    'empty': fill(TICK, 0),
    'one-int': fill('<i8', 1),
}


def header(path):
    with open(path, 'rb') as file:
        version = np.lib.format.read_magic(file)
        length = 2 if version == (1, 0) else 4
        text = file.read(int.from_bytes(file.read(length), 'little'))
        return version, eval(text.decode('utf-8' if version == (3, 0) else 'latin1')), file.tell()


found = []
for name, array in arrays.items():
    array = np.asarray(array)
    path = folder / f'{name}.npy'
    with open(path, 'wb') as file:
        np.lib.format.write_array(file, array, {'matrix': (2, 0), 'cube': (3, 0)}.get(name))
    version, said, offset = header(path)
    loaded = np.load(path)
    found.append({
        'path': str(path),
        'kind': 'npy',
        'descr': repr(said['descr']),
        'aligned': loaded.dtype.isalignedstruct,
        'itemsize': loaded.dtype.itemsize,
        'shape': list(loaded.shape),
        'fortran_order': said['fortran_order'],
        'header_version': list(version),
        'offset': offset,
        'capacity': None,
        'start': None,
        'end': None,
        'rows': loaded.shape[0] if loaded.ndim else 1,
        'tail_words': None,
        'timestamp_ns': None,
        'file_size': path.stat().st_size,
    })
print(json.dumps(found))
