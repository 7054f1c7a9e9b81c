"""Random dtypes and values, the same for the same seed: `r.seed(n)` before anything else."""

import random
import warnings

import numpy as np

r = random.Random()
warnings.simplefilter("ignore")

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
# So that no count leaves the years that numpy reckons without wrapping.
MOST = {"Y": 30000, "M": 360000, "W": 10**6, "D": 10**7, "h": 10**8, "m": 10**10, "s": 10**12, "ms": 10**14}
SCALARS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "g", "F", "D", "G", "S", "U", "V", "M", "m"]
TEXT = "ab'\"\\\n\t\0é价\u200b\xa0\U0001f600\u0301\x7f\x85\xad"


def scalar(kinds=SCALARS):
    kind = r.choice(kinds)
    if kind in "SU":
        return np.dtype((kind, r.randint(1, 6)))
    if kind == "V":
        return np.dtype(("V", r.randint(1, 6)))
    if kind in "Mm":
        multiple = r.choice(["", "", "", "25", "7"])
        return np.dtype(f"{r.choice('<>')}{kind}8[{multiple}{r.choice(UNITS)}]")
    return np.dtype(kind).newbyteorder(r.choice("<>"))


def shape():
    return tuple(r.randint(1, 4) for _ in range(r.randint(1, 3)))


def dtype(depth):
    if depth == 0 or r.random() < 0.4:
        return scalar()
    fields = []
    for i in range(r.randint(1, 5)):
        inner = dtype(depth - 1)
        if r.random() < 0.4:
            inner = np.dtype((inner, shape() if r.random() < 0.9 else r.choice([(0,), (2, 0), (1200,), (200, 7)])))
        fields.append((f"f{i}", inner))
    return np.dtype(fields, align=r.random() < 0.5)


def number(info):
    small = r.choice([0, 1, -1, 7, 100, 12345, r.randint(-(10**6), 10**6)])
    value = r.choice([small, r.randint(info.min, info.max), info.min, info.max])
    return min(max(value, info.min), info.max)


MODES = ["nice", "bits", "edges", "near", "integers"]


def floats(n, kind, mode):
    info = np.finfo(kind)
    t = np.dtype(kind).type

    def one():
        if mode == "nice":
            return t(round(r.uniform(-1000, 1000), r.randint(0, 6)))
        if mode == "integers":
            return t(r.randint(-99999, 99999)) if kind != "f2" else t(r.randint(-900, 900))
        if mode == "near":
            return np.nextafter(t(10.0) ** t(r.randint(-8, 18)), t(r.choice([0, np.inf])))
        if mode == "edges":
            return r.choice([
                t(0), t(-0.0), t(np.nan), t(np.inf), t(-np.inf), info.max, info.min, info.tiny, info.smallest_subnormal,
                t(2) ** t(r.randint(info.minexp, info.maxexp - 1)), t(1), t("0.1"), t("1e-4"), t("0.001"),
                t(2) ** t(r.randint(-20, 20)), t(1) + info.eps, t(1) - info.epsneg, t("9.99999999"), t("0.999999999"),
            ])
        if kind == "g":
            most = r.choice([100, 100, 100, 1000, 16300])
            return np.ldexp(t(r.getrandbits(63)) * 2 + t(r.getrandbits(1)), r.randint(-most - 100, most))
        return np.frombuffer(r.randbytes(info.bits // 8), kind)[0]

    return np.array([one() for _ in range(n)], kind)


def fill(a):
    """Fills an array of one axis."""
    d = a.dtype
    if d.subdtype:
        base, lens = d.subdtype
        raise AssertionError((base, lens))
    if d.names is not None:
        for name in d.names:
            inner = a[name]
            if inner.size:
                flat = np.zeros(inner.size, inner.dtype)
                fill(flat)
                a[name] = flat.reshape(inner.shape)
        return
    n = len(a)
    if d.itemsize == 0:
        return
    mode = r.choice(MODES)
    if d.kind == "b":
        a[:] = [r.random() < 0.5 for _ in range(n)]
    elif d.kind in "iu":
        a[:] = [number(np.iinfo(d)) for _ in range(n)]
    elif d.kind == "f":
        a[:] = floats(n, {2: "f2", 4: "f4", 8: "f8"}.get(d.itemsize, "g"), mode)
    elif d.kind == "c":
        kind = {8: "f4", 16: "f8"}.get(d.itemsize, "g")
        a.real[:] = floats(n, kind, mode)
        a.imag[:] = floats(n, kind, r.choice([mode, r.choice(MODES)]))
    elif d.kind == "S":
        a[:] = [bytes(r.choice(b"ab'\"\\\n\0\xff~ ") for _ in range(r.randint(0, d.itemsize))) for _ in range(n)]
    elif d.kind == "U":
        a[:] = ["".join(r.choice(TEXT) for _ in range(r.randint(0, d.itemsize // 4))) for _ in range(n)]
    elif d.kind == "V":
        a[:] = np.frombuffer(r.randbytes(n * d.itemsize), d)
    else:
        unit, multiple = np.datetime_data(d)
        most = MOST.get(unit, 2**62) // multiple
        counts = [r.choice([0, 1, -1, r.randint(-most, most), r.randint(-1000, 1000), -(2**63)]) for _ in range(n)]
        a[:] = np.array(counts, "i8").view(d.newbyteorder("<"))
