"""What a dtype and a value say of themselves, as JSON can say it, and equal to what tests/dtypes/facts.rs says."""

import numpy as np


def dtype(of):
    shape = ()
    while of.subdtype is not None:
        of, inner = of.subdtype
        shape += inner
    if shape:
        return {"shape": list(shape), "of": dtype(of), "size": of.itemsize * int(np.prod(shape, dtype=object))}
    if of.names is None:
        return [of.str, of.itemsize, of.alignment]
    fields = []
    for name in of.names:
        member, offset, *title = of.fields[name]
        fields.append([name, title[0] if title else None, offset, dtype(member)])
    return {"size": of.itemsize, "aligned": of.isalignedstruct, "alignment": of.alignment, "fields": fields}


def plain(facts):
    """The same without alignments: a dtype that is read as `('|V8', {...})` has the void's."""
    if isinstance(facts, list):
        return facts[:2]
    if "of" in facts:
        return dict(facts, of=plain(facts["of"]))
    fields = [[name, title, offset, plain(member)] for name, title, offset, member in facts["fields"]]
    return {"size": facts["size"], "aligned": facts["aligned"], "fields": fields}


def value(array):
    """A value, as an array without dimensions; sub-arrays have come to be dimensions."""
    if array.ndim:
        return [value(array[i, ...]) for i in range(len(array))]
    of = array.dtype
    if of.names is not None:
        return [value(array[name]) for name in of.names]
    if of.kind == "b":
        return bool(array)
    if of.kind in "iu":
        return int(array)
    if of.kind in "mM":
        count = int(array.view(of.str[0] + "i8"))
        return None if count == -(2**63) else count
    if of.kind == "S":
        return array.item().hex()
    if of.kind == "U":
        bytes = array.tobytes()
        order = "big" if of.str[0] == ">" else "little"
        points = [int.from_bytes(bytes[i : i + 4], order) for i in range(0, len(bytes), 4)]
        while points and points[-1] == 0:
            points.pop()
        if all(point < 0x110000 for point in points):
            assert array.item() == "".join(map(chr, points))
        return points
    # Floats by their bits: a NaN is not equal to itself.
    bytes = array.tobytes()
    if of.kind in "fc" and of.str[0] == ">":
        half = len(bytes) // (2 if of.kind == "c" else 1)
        bytes = bytes[:half][::-1] + bytes[half:][::-1]
    return bytes.hex()
