"""Random dtypes, as the literals one writes for numpy, from a seed."""

import random

import numpy as np

UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
NAMES = ["a", "b", "px", "qty", "ts", "größe", "价格", "it's", 'a"b', "a b", "\\", "\n", "\x7f", "é", "\u200b", "\U0001f600", "names", "#"]
WORDS = """bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble complex64 complex128
    clongdouble intp uintp half single double int float complex byte short intc longlong ? b B h H i I l L q Q e f d g F D G m M
    c p P""".split()


def is_empty_array(spec):
    """Whether numpy would take a shape beside it for its size: then it says `(2,)` and has 3 bytes, and can't be saved."""
    for make in (np.dtype, np.lib.format.descr_to_dtype):
        try:
            made = make(spec)
        except Exception:
            continue
        return made.subdtype is not None and made.itemsize == 0
    return False


class Specs:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_of(self, *options):
        return self.random.choice(options)()

    def scalar(self):
        r = self.random
        order = r.choice(["<", ">", "", "|", "="])
        return self.one_of(
            lambda: order + r.choice("iu") + str(r.choice([1, 2, 4, 8])),
            lambda: order + r.choice(["f2", "f4", "f8", "f16", "c8", "c16", "c32", "b1"]),
            lambda: order + r.choice("SV") + str(r.choice([1, 2, 3, 5, 8, 12, r.randrange(1, 40)])),
            lambda: order + "U" + str(r.randrange(1, 9)),
            lambda: order + r.choice("mM") + "8[" + r.choice(["", str(r.randrange(1, 100))]) + r.choice(UNITS) + "]",
            lambda: order + r.choice(["m8", "M8"]),
            lambda: r.choice(WORDS),
            lambda: r.choice(["datetime64", "timedelta64"]) + "[" + r.choice(UNITS) + "]",
        )

    def shape(self):
        r = self.random
        lens = [r.choice([0, 1, 2, 3, 4]) if r.random() < 0.1 else r.randrange(1, 4) for _ in range(r.randrange(0, 4))]
        return self.one_of(lambda: tuple(lens), lambda: tuple(lens), lambda: r.randrange(1, 4))

    def names(self, count):
        r = self.random
        pool = NAMES + ["f%d" % i for i in range(count + 3)]
        return r.sample(pool, count)

    def title(self, i):
        return "T%d" % i if self.random.random() < 0.3 else None

    def commas(self):
        r = self.random

        def item():
            scalar = self.scalar().replace("_", "")
            bare = scalar.lstrip("<>=|")
            order = scalar[: len(scalar) - len(bare)]
            repeats = r.choice(["", "", str(r.randrange(0, 4)), "(2,)", "(2, 3)", "( 3,2 )", "()", "2 "])
            return r.choice([order + repeats + bare, repeats + order + bare])

        return r.choice([",", ", ", " , "]).join(item() for _ in range(r.randrange(1, 4)))

    def listed(self, depth, loader):
        r = self.random
        count = r.randrange(0, 5)
        fields = []
        for i, name in enumerate(self.names(count)):
            title = self.title(i)
            first = name if title is None else (title, name)
            field = (first, self.any(depth - 1, loader))
            if r.random() < 0.3 and not is_empty_array(field[1]):
                field += (self.shape(),)
            fields.append(field)
            if loader and r.random() < 0.3:
                fields.append(("", "|V%d" % r.randrange(0, 9)))
            elif r.random() < 0.05:
                fields.append(("", self.any(0, loader)))
        return fields

    def described(self, depth, align=False):
        """A dict; offsets and size are right, mostly."""
        r = self.random
        count = r.randrange(0, 5)
        names = self.names(count)
        formats = [self.any(depth - 1, False) for _ in names]
        made = {"names": names, "formats": formats}
        aligned = r.random() < 0.5
        if aligned or r.random() < 0.3:
            made["aligned"] = aligned
        align = align or aligned
        members = []
        for format in formats:
            try:
                members.append(np.dtype(format, align=align))
            except Exception:
                members.append(np.dtype("u1"))
        kind = r.randrange(4)
        largest = max([member.alignment for member in members] + [1]) if align else 1
        end = 0
        if kind > 0:
            offsets = []
            at = 0
            for member in members:
                step = member.alignment if align else 1
                if kind == 2:
                    at += r.choice([0, 0, 1, 3, 8])
                if kind == 3:
                    at = r.randrange(0, 40)
                at += -at % step
                offsets.append(at)
                at += member.itemsize
                end = max(end, at)
            if r.random() < 0.05 and offsets:
                offsets[0] += 1
            made["offsets"] = offsets
        else:
            end = np.dtype({"names": ["f%d" % i for i in range(count)], "formats": members}, align=align).itemsize
        if r.random() < 0.6:
            size = end + -end % largest + r.choice([0, 0, 1, 2]) * largest
            made["itemsize"] = size + (r.random() < 0.03)
        if r.random() < 0.4:
            made["titles"] = [self.title(i) for i in range(count)]
        items = list(made.items())
        r.shuffle(items)
        return dict(items)

    def by_name(self, depth):
        r = self.random
        made = {}
        at = 0
        for i, name in enumerate(self.names(r.randrange(1, 4))):
            format = self.any(depth - 1, False)
            entry = (format, at)
            title = self.title(i)
            made[name] = entry if title is None else entry + (title,)
            try:
                at += np.dtype(format).itemsize
            except Exception:
                pass
        items = list(made.items())
        r.shuffle(items)
        return dict(items)

    def shaped(self, inner):
        return inner if is_empty_array(inner) else (inner, self.shape())

    def tupled(self, depth, loader):
        r = self.random

        def flagged():
            inner = self.described(depth)
            try:
                size = np.dtype(inner).itemsize
            except Exception:
                size = 8
            return ("|V%d" % (0 if r.random() < 0.1 else size), inner)

        return self.one_of(
            flagged,
            flagged,
            lambda: self.shaped(self.any(depth - 1, loader)),
            lambda: (r.choice(["S", "U", "V"]), r.randrange(0, 5)),
            lambda: ("<f8", r.choice(["<i8", "V8", ("i4", (2,)), "i4"])),
        )

    def any(self, depth, loader):
        """`loader`: as it may stand in a header's `descr`, elsewhere than in a dict; otherwise what np.dtype takes."""
        r = self.random
        if depth <= 0 or r.random() < 0.35:
            return self.commas() if r.random() < 0.05 else self.scalar()
        options = [lambda: self.listed(depth, loader), lambda: self.tupled(depth, loader)]
        if not loader:
            options += [lambda: self.described(depth), lambda: self.by_name(depth)]
        return self.one_of(*options)
