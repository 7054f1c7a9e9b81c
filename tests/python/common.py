"""What the scripts here share. Arguments that describe data are Python literals."""

import ast
import json
import math
import sys

import numpy as np


def dtype(text):
    """The dtype of a literal.

    A list of fields is laid out as C lays out a struct, with the align flag; whatever else (a string, a dict with
    offsets) is taken as it stands.
    """
    literal = ast.literal_eval(text)
    return np.dtype(literal, align=isinstance(literal, list))


def evaluate(text):
    """The dtype of an expression: `A` makes an aligned record of a list of fields, `P` a packed one, `D` one of a dict."""
    makers = {"A": lambda fields: np.dtype(fields, align=True), "P": np.dtype, "D": np.dtype, "np": np}
    return np.dtype(eval(text, makers))


def canonical(of):
    """Everything a dtype says of itself, as JSON can say it."""
    if of.subdtype is not None:
        base, shape = of.subdtype
        return {"shape": list(shape), "of": canonical(base)}
    if of.names is None:
        return of.str
    fields = []
    for name in of.names:
        member, offset, *title = of.fields[name]
        fields.append([name, title[0] if title else None, offset, canonical(member)])
    return {"size": of.itemsize, "aligned": of.isalignedstruct, "fields": fields}


def rows(text, of):
    """Rows of the dtype `of`.

    A list holds the rows themselves. `n` makes the rows numbered 0 to n, `(first, n)` the n rows from `first` on:
    every number in row i is i, cast as C casts it.
    """
    literal = ast.literal_eval(text)
    if isinstance(literal, list):
        return np.array(literal, dtype=of)
    first, count = literal if isinstance(literal, tuple) else (0, literal)
    made = np.zeros(count, dtype=of)
    number(made, np.arange(first, first + count))
    return made


def number(array, numbers):
    if array.dtype.names is None:
        numbers = numbers.reshape(numbers.shape + (1,) * (array.ndim - numbers.ndim))
        array[...] = numbers.astype(array.dtype)
    else:
        for name in array.dtype.names:
            number(array[name], numbers)


def copy_fields(into, rows):
    """Copies all but what lies between the fields."""
    if rows.dtype.names is None:
        into[...] = rows
        return
    for name in rows.dtype.names:
        copy_fields(into[name], rows[name])


def aligned_twin(of):
    """The dtype somebody gets who writes down the same fields with `align=True`."""
    if of.subdtype is not None:
        base, shape = of.subdtype
        return np.dtype((aligned_twin(base), shape))
    if of.names is None:
        return of
    return np.dtype([(name, aligned_twin(of.fields[name][0])) for name in of.names], align=True)


def plain(value):
    """`value` as JSON can say it; what is no finite number becomes its name."""
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def say(**facts):
    json.dump(facts, sys.stdout)
    print()


def judge(path, problems):
    """Says what `problems` finds in each entry of a manifest, a JSON list of keyword arguments with a `file` among them."""
    with open(path) as source:
        entries = json.load(source)
    found = {entry["file"]: list(problems(**entry)) for entry in entries}
    found = {file: texts for file, texts in found.items() if texts}
    say(numpy=np.__version__, agree=len(entries) - len(found), problems=found)
