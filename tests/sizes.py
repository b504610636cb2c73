"""How much is tried: a little in `make test`, everything in `make test-long`."""

import os

LONG = os.environ.get("LONG") == "1"


def size(short: int, *, long: int) -> int:
    """The one or the other."""
    return long if LONG else short
