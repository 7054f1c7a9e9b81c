"""What a compiled Python loop needs to write an npyt file, or to follow one: two locks and three atomic words. Linux only.

Rust makes the file and grows it. Python may be its one writer as far as the room goes, or one of its readers, also while it
grows. What has to happen in which order:

- A writer takes the writer's lock, stores the fields of rows behind the last one, then `publish`es how many there are now.
  No row below a published number is touched again, none beyond the room is written, and one thread does all of it.
- A reader takes the readers' lock before it reads the header, and has a look by `observe`: `start`, then `end`, then the
  digits of the header. Where these changed the file has grown and its tail is elsewhere: `look_again`, and forget that look.

A process that holds a lock must not `os.fork` (multiprocessing does, unless told to spawn): the child has the lock as well,
and keeps it after its parent is gone.
"""

import errno
import fcntl
import os
import re
import struct
import time

import numba
import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

WRITER = 1 << 62
READERS = WRITER + 1
START, END = 0, 1


class Refused(Exception):
    """The file can't be used in that way; the text says why, and what to do."""


# Atomic words. LLVM moves no store past a release store that follows it, and no load before an acquire load that precedes it,
# and makes of both what the machine needs: plain moves on x86, stlr and ldar on ARM. A plain `tail[1] = n` promises neither.


def _words(words):
    if not (isinstance(words, types.Array) and words.dtype == types.uint64 and words.ndim == 1 and words.layout == "C"):
        raise TypingError(f"expected a contiguous array of uint64, found {words}")


def _address(context, builder, signature, args):
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


def _load(ordering):
    def load(typingctx, words, index):
        _words(words)

        def codegen(context, builder, signature, args):
            return builder.load_atomic(_address(context, builder, signature, args), ordering=ordering, align=8)

        return types.uint64(words, types.intp), codegen

    return intrinsic(load)


load_acquire = _load("acquire")


@intrinsic
def store_release(typingctx, words, index, value):
    _words(words)

    def codegen(context, builder, signature, args):
        builder.store_atomic(args[2], _address(context, builder, signature, args), ordering="release", align=8)
        return context.get_dummy_value()

    return types.void(words, types.intp, types.uint64), codegen


@numba.njit
def publish(tail, end):
    """Shows readers the rows below `end`, which are written."""
    store_release(tail, END, np.uint64(end))


@numba.njit
def observe(tail, digits, seen):
    """The first row kept, the one after the last, and whether the file has grown since, so that both mean nothing."""
    start = load_acquire(tail, START)
    end = load_acquire(tail, END)
    # After `end`: rows fall on a tail only after it was abandoned by other digits, so whoever took a row's bytes for `end`
    # finds those here. The last word first: a number may come back, but only after a tab was stored before it.
    for i in range(len(digits) - 1, -1, -1):
        if load_acquire(digits, i) != seen[i]:
            return 0, 0, True
    return np.int64(start), np.int64(end), False


def _lock(file, kind, byte, tries):
    """Takes a lock that belongs to the open file, as Rust does; `False` where another open file has it."""
    flock = struct.pack("hhqqi0q", kind, os.SEEK_SET, byte, 1, 0)
    for left in reversed(range(tries)):
        try:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, flock)
            return True
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        # A lock just given up may be held for a moment by a process that is being started.
        if left:
            time.sleep(0.001)
    return False


class View:
    """A file mapped as its header says."""

    def __init__(self, raw, offset, rows, tail, digits, seen, start, end):
        self.raw = raw  # all of it, as bytes
        self.offset = offset  # where the rows begin
        self.rows = rows  # all there is room for
        self.tail = tail  # start, end, perhaps the time of the last update, offset, magic
        self.digits = digits  # the words of the header that hold the capacity
        self.seen = seen  # what they said
        self.start, self.end = start, end  # the first row kept and the one after the last, at that moment


def look(file, mode):
    """Maps a file ("r" or "r+"); `None` where it grew meanwhile."""
    fd = file.fileno()
    try:
        # numpy's own reader, for every version of the header. By descriptor: the path may lead elsewhere by now.
        array = np.lib.format.open_memmap(f"/proc/self/fd/{fd}", mode="r")
    except ValueError as error:
        raise Refused(f"not a whole .npy file: {error}") from error
    offset, rows_end = array.offset, array.offset + array.nbytes
    header = os.pread(fd, offset, 0)
    shape = re.search(rb"'shape': *\(\s*(\d+)[^']*$", header, re.DOTALL)
    if shape is None or array.dtype.hasobject or not array.flags.c_contiguous:
        raise Refused("expected a header that ends in the shape of rows")
    if int(shape[1]) != len(array):
        return None

    # The tail is told by its content: while a file grows it is longer than its tail reaches.
    tail = np.frombuffer(os.pread(fd, 40, rows_end), "<u8")
    if len(tail) == 5 and list(tail[3:]) == [offset, 20250510080000]:
        words = 5
    elif len(tail) >= 4 and tail[2] == offset and tail[3] in (20250510, 20250510080000):
        words = 4
    else:
        raise Refused("expected the tail of an npyt file behind the rows, found none")
    if rows_end % 8:
        raise Refused("its tail is on no whole words; append a row from Rust, which moves it")

    raw = np.memmap(file, np.uint8, mode, shape=(rows_end + 8 * words,)).view(np.ndarray)
    # At most 24 characters are the number; these are the words that any of them is in.
    first, last = max(shape.end(1) - 24, shape.start()) // 8 * 8, -(-shape.end(1) // 8) * 8
    digits, seen = raw[first:last].view("<u8"), np.frombuffer(header[first:last], "<u8")
    # Digits never come back while readers hold their lock: the same before and after is the same in between, so it was
    # their tail that was looked at.
    start, end, grew = observe(raw[rows_end:].view("<u8"), digits, seen)
    if grew:
        return None
    rows = raw[offset:rows_end].view(array.dtype).reshape(array.shape)
    return View(raw, offset, rows, raw[rows_end:].view("<u8"), digits, seen, start, end)


def open_writer(path):
    """Becomes the one writer of a file. The lock is held as long as anything of the view is alive, since a mapping keeps it."""
    with open(path, "r+b", buffering=0) as file:
        if not _lock(file, fcntl.F_WRLCK, WRITER, tries=30):
            raise Refused(f"{path}: another writer has it open; a file has one writer at a time")
        if not os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
            raise Refused(f"{path}: it was replaced by another file; try again")
        try:
            view = look(file, "r+")
        except Refused as error:
            raise Refused(f"{path}: {error}") from error
        if view is None or os.fstat(file.fileno()).st_size != len(view.raw):
            raise Refused(f"{path}: longer than its tail reaches, as a killed writer leaves it; open it from Rust, which repairs it")
        start, end, capacity = view.start, view.end, len(view.rows)
        if not start <= end <= capacity:
            raise Refused(f"{path}: the tail says rows {start} to {end} of {capacity}: damaged, or a ring of npyt 0.2")
        # A row may fall where a tail was before the file grew, and a reader that hasn't looked since may still watch that place.
        # The digits were stored before Rust gave up the lock that is ours now, so whoever finds a row there finds them too.
        #
        # Blocks for all the room: a store into a mapping that meets a full disk ends the process, this is an error.
        free = view.rows[end:].nbytes
        if free:
            os.posix_fallocate(file.fileno(), view.offset + view.rows.nbytes - free, free)
        return view


def stamp(view):
    """Notes the time of an update, for people: nothing is concluded from it."""
    if len(view.tail) == 5:
        view.tail[2] = time.time_ns()


class Reader:
    """A reader of a file that may grow: `view` is right until `observe` finds that it has grown; then `look_again()`."""

    def __init__(self, path):
        self.path = path
        self.view = None
        self._file = open(path, "rb", buffering=0)
        if not _lock(self._file, fcntl.F_RDLCK, READERS, tries=1000):
            raise Refused(f"{path}: its writer is rewriting it and didn't finish in time; try again")
        self.look_again()

    def look_again(self):
        view, why = None, "it grew while it was looked at, again and again"
        for _ in range(1000):
            try:
                view = look(self._file, "r")
            except Refused as error:
                # What doesn't fit together may do so in a moment.
                why = error
            if view is not None:
                break
            time.sleep(0.001)
        else:
            raise Refused(f"{self.path}: {why}")
        # A writer that seals a file under its readers says so by tabs before the number, and cuts nothing off.
        sealed = b"\t" in view.seen.tobytes()
        if self.view is not None and len(view.rows) < len(self.view.rows) and not sealed:
            raise Refused(f"{self.path}: shortened by a program that doesn't know of readers")
        self.view = view

    def close(self):
        """Lets the writer know that it is gone; so does the end of the process. A part of the view still alive keeps the lock."""
        self.view = None
        self._file.close()
