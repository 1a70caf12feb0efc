"""A light start for commands that ask one short question."""

from __future__ import annotations

import os
import sys


def start_light() -> None:
    """Let numpy start without the threads of its BLAS, which cost a short command more than they can give back.

    Starting them takes OpenBLAS about a quarter of the whole ``import numpy``; one product with a table that must be
    read from its file anyway gains nothing from them. Does nothing where numpy is loaded already, or where the
    environment says how many threads there shall be.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
