"""numba_serve.py: the examples' writer and follower, told by lines of standard input what to do next.

    open FILE       become its writer: rows and room
    append N        rows that fitted
    close           let go of it
    follow FILE     become a reader, at its first row
    take N          take rows up to N in all: rows, how often it had grown by then
    sums            rows, checksum, turnover
    leave           let go of it
    atomics         what the compiled loops do to words that others change, in order

What is refused is answered by `refused:` and why.
"""

import re
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import npyt_numba as npyt  # noqa: E402
import numba_follower  # noqa: E402
import numba_writer  # noqa: E402


def atomics(function):
    """The atomic instructions of a compiled function, each of a run of the same ones once."""
    (ir,) = function.inspect_llvm().values()
    # In the function itself, not in what is called from Python around it.
    found = re.findall(r"(load|store) atomic (?:volatile )?i64.* (\w+), align 8", ir)
    kept = [one for i, one in enumerate(found) if i == 0 or found[i - 1] != one]
    return " ".join(f"{what}-{ordering}" for what, ordering in kept)


def main():
    view = follower = None
    for line in sys.stdin:
        command, _, rest = line.rstrip("\n").partition(" ")
        try:
            if command == "open":
                view = numba_writer.open_trades(rest)
                # Compiled by now, so that what follows is the loop.
                numba_writer.append(view.rows, view.tail, 0)
                answer = f"{view.tail[npyt.END]} {len(view.rows)}"
            elif command == "append":
                answer = str(numba_writer.append(view.rows, view.tail, int(rest)))
                npyt.stamp(view)
            elif command == "close":
                view = None
                answer = "closed"
            elif command == "follow":
                follower = numba_follower.Follower(rest)
                follower.go_on(follower.at)
                answer = f"at {follower.at}"
            elif command == "take":
                deadline = time.monotonic() + 60
                while follower.at < int(rest) and time.monotonic() < deadline:
                    follower.go_on(int(rest), 1_000)
                answer = f"{follower.at} {follower.grown}"
            elif command == "sums":
                answer = f"{follower.at - follower.first} {follower.sums[0]} {follower.turnover[0]!r}"
                answer = re.sub(r"np\.float64\((.*)\)", r"\1", answer)
            elif command == "leave":
                follower.reader.close()
                follower = None
                answer = "left"
            else:
                answer = f"{atomics(numba_writer.append)}; {atomics(numba_follower.take)}"
        except npyt.Refused as refused:
            answer = f"refused: {refused}"
        print(answer)


if __name__ == "__main__":
    main()
