"""Windows of like length side by side: nearly nothing is computed for padding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def batches(lengths: Ints, budget: int, spare: float) -> list[Ints]:
    """Return batches of rows, the longest first; each holds at most ``budget`` pieces, or one row.

    Args:
        lengths: pieces of every row, int64 of shape ``(n_rows,)``.
        budget: most pieces of a batch, padding included.
        spare: the share of a batch that may be padding; 0 for rows of one length only.

    >>> [rows.tolist() for rows in batches(np.array([3, 9, 3, 9, 9]), 18, 0)]
    [[1, 3], [4], [0, 2]]
    """
    order = np.argsort(-lengths, kind="stable")
    ordered = lengths[order].tolist()
    out, begin = [], 0
    while begin < len(ordered):
        longest, real, end = ordered[begin], 0, begin
        while end < len(ordered):
            width = longest * (end + 1 - begin)
            if end > begin and (width > budget or width - real - ordered[end] > spare * width):
                break
            real, end = real + ordered[end], end + 1
        out.append(order[begin:end])
        begin = end
    return out
