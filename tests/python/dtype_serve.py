"""dtype_serve.py: what stock numpy makes of dtypes, a request a line, each a batch as JSON, as its answer is."""

import ast
import faulthandler
import io
import json
import os
import sys
import warnings

import numpy as np

import dtype_facts
from dtype_specs import Specs

faulthandler.enable()
warnings.simplefilter("ignore")  # numpy's, about versions and old spellings; what it does is what counts
impl = getattr(np.lib, "_format_impl", np.lib.format)


def evaluate(text):
    """A literal, or a text that is none, as `DType::from_str` takes it."""
    if text.lstrip()[:1] in "[({'\"":
        try:
            spec = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            spec = text
    else:
        spec = text
    return make(spec)


def make(spec):
    return np.dtype(spec) if isinstance(spec, dict) else impl.descr_to_dtype(spec)


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return {"error": ascii("%s: %s" % (type(error).__name__, error))}


def judge(request):
    """Each text's dtype, and whether neighbours are equal."""
    made = [attempt(evaluate, text) for text in request["texts"]]
    facts = [one if isinstance(one, dict) else dtype_facts.dtype(one) for one in made]
    equal = [bool(a == b) for a, b in zip(made, made[1:])] if request.get("equal") else None
    return dict(facts=facts, equal=equal)


def values(array):
    """Its rows; where it has no axis its one value."""
    return dtype_facts.value(array.view(np.ndarray))


def load(request):
    """What np.load makes of files that the test wrote: the dtype it has, and the one that the text by itself has."""
    answers = []
    for number, text in enumerate(request["texts"]):
        array = attempt(np.load, os.path.join(request["folder"], "%d.npy" % number))
        if isinstance(array, dict):
            answers.append(array)
            continue
        twin = by_itself(ast.literal_eval(text))
        answers.append(
            dict(
                loaded=dtype_facts.plain(dtype_facts.dtype(array.dtype)),
                twin=dtype_facts.dtype(twin),
                whole=dtype_facts.dtype(by_itself(ast.literal_eval(request["wholes"][number]))),
                equal=array.dtype == twin,
                shape=array.shape,
                fortran=array.flags.f_contiguous and not array.flags.c_contiguous,
                values=values(array),
                numba=number_types(array.dtype, twin) if request.get("numba") else None,
            )
        )
    return dict(answers=answers)


def by_itself(spec):
    """Not through the void, so of its own alignment."""
    if isinstance(spec, tuple) and isinstance(spec[1], tuple):
        return np.dtype((by_itself(spec[0]), spec[1]))
    return np.dtype(spec[1]) if isinstance(spec, tuple) else impl.descr_to_dtype(spec)


def number_types(loaded, twin):
    """Whether numba types both alike; None where it has no type for the second."""
    import numba

    try:
        of_twin = numba.from_dtype(twin)
    except Exception:
        return None
    return numba.from_dtype(loaded) == of_twin


def filled(specs, dtype, shape):
    """Random bytes, but where numpy itself can't print what they are, or what it prints is of one machine."""
    r = specs.random
    count = int(np.prod(shape, dtype=int))
    array = np.ndarray(shape, dtype, buffer=bytearray(r.randbytes(count * dtype.itemsize)) or bytearray(1))
    settle(r, array)
    return array


def settle(r, part):
    if part.dtype.names is not None:
        for name in part.dtype.names:
            settle(r, part[name])
        return
    if part.dtype.kind == "U" and part.dtype.itemsize:
        part[...] = "".join(r.choice("abé价\U0001f600 '\n\\") for _ in range(part.dtype.itemsize // 4))
    for place in np.ndindex(part.shape):
        if part.dtype.kind in "mM":
            # A multiple of a unit that is beyond 64 bits wraps, silently.
            large = 2 ** (45 if np.datetime_data(part.dtype)[1] < 1000 else 20)
            part[place] = np.int64(r.choice([r.randrange(-large, large), r.randrange(-1000, 1000), -(2**63)]))
        elif part.dtype.char in "gG":
            # Eighty bits have values that no operation yields: what the processor makes of them differs.
            part[place] = np.longdouble(r.random()) * np.longdouble(10) ** r.randrange(-4900, 4900) * r.choice([1, -1, 0])


def save(request):
    """Random dtypes, each saved in one of the ways there are: facts and values of what np.load makes of the file."""
    answers = []
    for number in range(request["count"]):
        specs = Specs("%s %d" % (request["seed"], number))
        r = specs.random
        spec = specs.described(3) if r.random() < 0.4 else specs.any(3, True)
        dtype = attempt(make, spec)
        if isinstance(dtype, dict):
            answers.append(dict(spec=repr(spec), **dtype))
            continue
        if dtype.names and r.random() < 0.3:
            again = attempt(np.dtype, [(n, dtype.fields[n][0]) for n in dtype.names], True)
            dtype = dtype if isinstance(again, dict) else again
        if r.random() < 0.2:
            dtype = dtype.newbyteorder()
        if dtype.names and r.random() < 0.1:
            dtype = np.dtype((np.record, dtype))
        if dtype.itemsize > 4000 or (dtype.kind in "SU" and dtype.itemsize == 0):
            dtype = np.dtype("u1")
        shape = tuple(r.choice([0, 1, 1, 2, 2, 3]) for _ in range(r.choice([0, 1, 1, 1, 2, 3])))
        array = filled(specs, dtype, shape)
        if r.random() < 0.3:
            array = np.asfortranarray(array)
        path = os.path.join(request["folder"], "%d.npy" % number)
        version = r.choice([None, None, (1, 0), (2, 0), (3, 0)])
        how = "np.save"
        with open(path, "wb") as file:
            try:
                impl.write_array(file, array, version, allow_pickle=False)
            except Exception:
                # Overlaps and the like have no list; but a tuple holds them, as does this crate's own form.
                file.seek(0)
                file.truncate()
                how = "tuple"
                header = {"descr": literal(array.dtype), "fortran_order": False, "shape": array.shape}
                impl._write_array_header(file, header, None)
                file.write(array.tobytes())
        loaded = attempt(np.load, path)
        if isinstance(loaded, dict):
            answers.append(dict(spec=repr(spec), how=how, **loaded))
            continue
        with open(path, "rb") as file:
            head = file.read(12)
            file.seek(10 if head[6] == 1 else 12)
            length = int.from_bytes(head[8 : 10 if head[6] == 1 else 12], "little")
            found = ast.literal_eval(file.read(length).decode("utf-8" if head[6] == 3 else "latin1"))
        answers.append(
            dict(
                how=how,
                descr=repr(found["descr"]),
                facts=dtype_facts.dtype(loaded.dtype),
                shape=loaded.shape,
                header_shape=found["shape"],
                fortran=found["fortran_order"],
                version=[head[6], head[7]],
                values=values(loaded),
                printed=printed(loaded),
            )
        )
    return dict(answers=answers)


def printed(array):
    """Each row as numpy prints it, where it can: not what is no text."""
    places = [()] if array.ndim == 0 else range(len(array))
    return [attempt(lambda: ascii(str(array[place]))) for place in places]


def dictionary(dtype):
    """The dict that describes a record, members through tuples of their own."""
    formats, offsets, titles = [], [], []
    for name in dtype.names:
        member, offset, *title = dtype.fields[name]
        formats.append(literal(member))
        offsets.append(offset)
        titles.append(title[0] if title else None)
    described = {"names": list(dtype.names), "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize}
    if any(titles):
        described["titles"] = titles
    if dtype.isalignedstruct:
        described["aligned"] = True
    return described


def literal(dtype):
    if dtype.subdtype is not None:
        return (literal(dtype.subdtype[0]), dtype.subdtype[1])
    if dtype.names is not None:
        return ("|V%d" % dtype.itemsize, dictionary(dtype))
    return dtype.str


SCALARS = """
|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 >i2 >i4 >i8 >u2 >u4 >u8 <f2 <f4 <f8 >f2 >f4 >f8 <f16 >f16 <c8 <c16 >c8 >c16 <c32 >c32
|S1 |S7 <U1 <U5 >U5 |V1 |V3 |V16
""".split() + [
    "%s%s8%s" % (order, kind, unit and "[%s]" % unit)
    for order in "<>"
    for kind in "mM"
    for unit in ["", "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25us", "2147483647Y"]
]
RECORDS = [
    [],
    [("a", "<i8"), ("b", ">f4")],
    [(("A title", "a"), "<i8"), ("b", "<f4")],
    [("a", "<f2", (3,)), ("b", [("x", ">i4"), ("y", "|S3")], (2, 2)), ("c", "<M8[ns]")],
    [("größe", "<f8"), ("ñ", "|b1"), ("价格", "<U3")],
    [("empty", "|S0"), ("none", "<f8", (0,)), ("one", "|u1"), ("void", "|V0"), ("nobody", [])],
    {"names": ["a", "b"], "formats": ["u1", "f8"], "offsets": [3, 8], "itemsize": 24},
    {"names": ["a", "", "c"], "formats": ["u1", "f8", "S2"], "titles": ["x", None, "z"]},
]
SHAPES = [(), (0,), (1,), (3,), (2, 3), (0, 4), (3, 0), (1, 1), (2, 3, 2), (2, 1, 2, 1, 2, 1), (1,) * 20]


def everything(request):
    """Each dtype in each shape, order and version of the format, saved and loaded."""
    answers = []
    specs = Specs("everything")
    dtypes = [np.dtype(one) for one in SCALARS] + [np.dtype(one, align=align) for one in RECORDS for align in (False, True)]
    for at, dtype in enumerate(dtypes):
        for shape in SHAPES:
            for order in "CF":
                array = filled(specs, dtype, shape)
                array = np.asfortranarray(array) if order == "F" else array
                # Rows of a larger array: not one after another.
                array = array[::2] if array.ndim and array.shape[0] > 2 else array
                for version in [None, (1, 0), (2, 0), (3, 0)] if at % 7 == len(shape) % 7 else [None]:
                    path = os.path.join(request["folder"], "%d.npy" % len(answers))
                    with open(path, "wb") as file:
                        try:
                            impl.write_array(file, array, version, allow_pickle=False)
                        except UnicodeEncodeError:
                            continue
                    loaded = np.load(path)
                    answers.append(
                        dict(
                            facts=dtype_facts.dtype(loaded.dtype),
                            shape=loaded.shape,
                            fortran=loaded.flags.f_contiguous and not loaded.flags.c_contiguous,
                            values=values(loaded),
                            printed=printed(loaded),
                        )
                    )
    return dict(answers=answers)


def specs(request):
    """Random literals, in texts, and what numpy makes of them."""
    answers = []
    for number in range(request["count"]):
        made = Specs("%s %d" % (request["seed"], number))
        spec = made.one_of(
            lambda: made.described(3),
            lambda: made.by_name(2),
            lambda: made.any(3, True),
            lambda: made.any(3, True),
            made.commas,
            made.scalar,
        )
        dtype = attempt(make, spec)
        text = spec if isinstance(spec, str) and made.random.random() < 0.7 else repr(spec)
        answers.append([text, dtype if isinstance(dtype, dict) else dtype_facts.dtype(dtype)])
    return dict(answers=answers)


def same(request):
    """Whether two texts are the same dtype in all that can be told, for each pair."""
    answers = []
    for ours, theirs in request["pairs"]:
        a, b = attempt(evaluate, ours), attempt(evaluate, theirs)
        if isinstance(a, dict) or isinstance(b, dict):
            answers.append(str((a, b)))
        elif a != b or dtype_facts.plain(dtype_facts.dtype(a)) != dtype_facts.plain(dtype_facts.dtype(b)):
            answers.append("%r is not %r" % (a, b))
        else:
            answers.append(None)
    return dict(answers=answers)


def headers(request):
    """What numpy reads of whole headers, given as hex, and whether it is what was read of them elsewhere."""
    answers = []
    for text, ours in zip(request["headers"], request["ours"]):
        file = io.BytesIO(bytes.fromhex(text))

        def read():
            version = impl.read_magic(file)
            shape, fortran, dtype = impl._read_array_header(file, version, 1 << 20)
            if dtype.hasobject:
                raise ValueError("objects")
            return dict(shape=list(shape), fortran=fortran, facts=dtype_facts.plain(dtype_facts.dtype(dtype)))

        def judge(theirs):
            if ours is None:
                return False
            facts = dtype_facts.plain(dtype_facts.dtype(evaluate(ours["descr"])))
            # A True is a number.
            return repr(theirs) == repr(dict(shape=ours["shape"], fortran=ours["fortran"], facts=facts))

        theirs = attempt(read)
        # Not all that Python has in a name can go into JSON.
        answers.append(theirs if "error" in theirs else dict(same=judge(theirs), made=ascii(theirs)))
    return dict(answers=answers)


VERBS = dict(judge=judge, load=load, save=save, specs=specs, everything=everything, same=same, headers=headers)

for line in sys.stdin:
    request = json.loads(line)
    json.dump(dict(VERBS[request["verb"]](request), numpy=np.__version__), sys.stdout)
    print(flush=True)
