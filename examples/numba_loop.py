"""Compiles loops over a recorded file, and writes into a copy-on-write map of it. Needs numpy and numba only.

    cargo run --release --example record -- --out records.npy
    python3 examples/numba_loop.py records.npy

The file may still be written meanwhile: it is read up to the last row there is.
"""

import sys

try:
    import numba
    import numpy as np
except ImportError as error:
    # numba's own also says so where it doesn't go with this numpy.
    sys.exit(f"numba and numpy are needed: {error}; pip install numba numpy")


@numba.njit
def average_price(trades):
    """The price of an average unit traded."""
    paid = quantity = 0.0
    for trade in trades:
        paid += trade.price * trade.qty
        quantity += trade.qty
    return paid / quantity


@numba.njit
def sign_by_side(trades):
    """Makes the quantities of sellers negative, in place."""
    for i in range(len(trades)):
        if trades[i].buyer_is_maker == 1:
            trades[i].qty = -trades[i].qty


@numba.njit
def address(trades):
    """Where compiled code finds the rows."""
    return trades.ctypes.data


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "records.npy"

    # Copy on write: the rows are the file's own, and what is written to them stays here.
    try:
        a = np.load(path, mmap_mode="c")
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")
    # Behind the rows is the tail, and its second word is how many of them there are: while the file is written it has room for
    # more, which `a` shows as zeros. To see rows that came since, load it again: where the file has grown its tail is elsewhere
    # (numba_follower.py does it without).
    tail = np.memmap(path, "<u8", "r", a.offset + a.nbytes)
    trades = a[:tail[1]]
    if len(trades) == 0:
        sys.exit(f"{path}: expected rows, found none; has its writer begun?")

    array = numba.typeof(trades)
    print(f"{len(trades):,} {'row' if len(trades) == 1 else 'rows'} of room for {len(a):,}, numpy {np.__version__}, numba {numba.__version__}")
    print(f"numba types them as {array}")
    print(f"aligned: the dtype {trades.dtype.isalignedstruct}, numba's array {array.aligned}, its record {array.dtype.aligned}")

    # Same address: compiled code runs over the mapped file itself, there is no copy in between.
    print(f"rows at {trades.ctypes.data:#x}, in compiled code at {address(trades):#x}")
    assert address(trades) == trades.ctypes.data == a.ctypes.data

    print(f"average price {average_price(trades):.4f}")

    sign_by_side(trades)
    on_disk = np.load(path, mmap_mode="r")[:len(trades)]
    print(f"signed quantity here {trades['qty'].sum(dtype='f8'):,.3f}, in the file {on_disk['qty'].sum(dtype='f8'):,.3f}, as it was")
    assert (on_disk["qty"] >= 0).all() and (np.abs(trades["qty"]) == on_disk["qty"]).all()


if __name__ == "__main__":
    main()
