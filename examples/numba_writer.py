"""Appends rows from a compiled Python loop to a file that Rust made; Rust and Python see each one at once.

    cargo run --release --example room -- trades.npy 1000000
    python3 examples/numba_writer.py trades.npy --rows 1000000

Growing the file stays Rust's: where the room ends, this writer ends too, and says so. It needs numpy and numba.
"""

import argparse
import sys

try:
    import numba
    import npyt_numba as npyt
except ImportError as error:
    sys.exit(f"numba and numpy are needed: {error}; pip install numba numpy")

FIELDS = ("local_ns", "exch_ms", "trade_id", "price", "qty", "buyer_is_maker")


@numba.njit(nogil=True)
def append(rows, tail, count):
    """Adds `count` trades, or as many as there is room for, and returns how many that were."""
    # Signed, since numba makes a float of a signed and an unsigned number.
    end = numba.int64(tail[npyt.END])
    fitting = min(count, len(rows) - end)
    for i in range(end, end + fitting):
        row = rows[i]
        row.local_ns = 1_700_000_000_000_000_000 + i * 1_000
        row.exch_ms = 1_700_000_000_000 + i // 1_000
        row.trade_id = i
        row.price = 100.0 + (i % 800) * 0.125
        row.qty = 0.25 * (i % 16 + 1)
        row.buyer_is_maker = i % 2
        # Each row is visible as soon as it is whole. To show many at once, publish behind the loop.
        npyt.publish(tail, i + 1)
    return fitting


def open_trades(path):
    """Becomes the writer of a file of trades."""
    view = npyt.open_writer(path)
    if view.rows.dtype.names != FIELDS:
        raise npyt.Refused(f"{path}: expected the fields {FIELDS}, found {view.rows.dtype}")
    return view


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=100_000)
    args = parser.parse_args()
    view = open_trades(args.file)
    fitted = append(view.rows, view.tail, args.rows)
    npyt.stamp(view)
    print(f"appended {fitted:,} rows; there are {view.tail[npyt.END]:,} now, and room for {len(view.rows):,}")
    if fitted < args.rows:
        sys.exit(f"{args.file}: full; make room from Rust by NpytMut::reserve, as the example `room` does")


if __name__ == "__main__":
    try:
        main()
    except (npyt.Refused, OSError) as error:
        sys.exit(str(error))
