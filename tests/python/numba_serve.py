"""numba_serve.py: the examples' writer and follower, told by lines of standard input what to do next.

    open FILE       become its writer: rows and room
    append N        rows that fitted
    close           let go of it
    follow FILE     become a reader, at its first row
    take N          take rows up to N in all: rows, how often it had grown by then
    sums            rows, checksum, turnover
    leave           let go of it
    atomics         what the compiled loops do to words that others change: of the writer; of the follower

What is refused is answered by `refused:` and why.
"""

import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

import npyt_numba as npyt
import numba_follower
import numba_writer


def atomics(function):
    """The atomic loads and stores of words in a compiled function, in the order in which they stand there."""
    (ir,) = function.inspect_llvm().values()
    found = re.findall(r"(load|store) atomic i64.* (\w+), align 8", ir)
    return " ".join(f"{what}-{ordering}" for what, ordering in found)


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
                answer = f"{follower.at - follower.first} {follower.sums.item()} {follower.turnover.item()!r}"
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
