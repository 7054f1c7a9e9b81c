"""Follows a file from a compiled Python loop while Rust writes and grows it: every row once, in order, in place.

    cargo run --release --example record -- --out records.npy
    python3 examples/numba_follower.py records.npy      # meanwhile, elsewhere

It ends after --rows rows, or when none came for --timeout seconds. While it is there nothing is taken from the file: the
recorder can't give back the room behind the last row at its end, and says so. It needs numpy and numba.
"""

import argparse
import sys
import time

try:
    import numba
    import numpy as np
    import npyt_numba as npyt
except ImportError as error:
    sys.exit(f"numba and numpy are needed: {error}; pip install numba numpy")

GOING_ON, GREW, LOST = range(3)


@numba.njit(nogil=True)
def take(rows, tail, digits, seen, at, until, looks, sums, turnover):
    """Looks so many times and takes the rows from `at` on, up to `until`; returns where it stands, and why it stopped."""
    for _ in range(looks):
        start, end, grew = npyt.observe(tail, digits, seen)
        if grew:
            return at, GREW
        if start > at:
            return at, LOST
        end = min(end, len(rows), until)
        while at < end:
            row = rows[at]
            # Depends on each row and on their order.
            number = numba.uint64(row.trade_id) + numba.uint64(numba.int64(row.price * 1000.0)) + numba.uint64(row.buyer_is_maker)
            sums[0] = sums[0] * numba.uint64(31) + number
            turnover[0] += row.price * row.qty
            at += 1
        if at == until:
            break
    return at, GOING_ON


class Follower:
    """Where it stands in a file, and what it has seen."""

    def __init__(self, path):
        self.reader = npyt.Reader(path)
        self.first = self.at = self.reader.view.start
        self.grown = 0
        self.sums = np.zeros(1, np.uint64)
        self.turnover = np.zeros(1)

    def go_on(self, until, looks=100_000):
        """Takes rows for a while."""
        view = self.reader.view
        self.at, why = take(view.rows, view.tail, view.digits, view.seen, self.at, until, looks, self.sums, self.turnover)
        if why == GREW:
            self.grown += 1
            self.reader.look_again()
        if why == LOST:
            raise npyt.Refused(f"{self.reader.path}: row {self.at} was dropped before it was read")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, help="end after so many")
    parser.add_argument("--timeout", type=float, default=10.0, help="end when none came for so many seconds")
    args = parser.parse_args()
    follower = Follower(args.file)
    until = sys.maxsize if args.rows is None else follower.first + args.rows
    came = time.monotonic()
    while follower.at < until:
        at = follower.at
        follower.go_on(until)
        if follower.at > at:
            came = time.monotonic()
        elif time.monotonic() - came > args.timeout:
            break
        else:
            time.sleep(0.0005)
    rows = follower.at - follower.first
    print(f"{rows} rows, checksum {follower.sums[0]:016x}, turnover {follower.turnover[0]:.3f}, grew {follower.grown} times")
    if args.rows is not None and rows < args.rows:
        sys.exit(f"{args.file}: expected {args.rows} rows, found no more for {args.timeout} seconds")


if __name__ == "__main__":
    try:
        main()
    except (npyt.Refused, OSError) as error:
        sys.exit(str(error))
