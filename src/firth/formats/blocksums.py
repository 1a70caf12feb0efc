"""The checksum of a tensor: CRC-32 over sums of its bytes, taken as a table of numbers, along rows and columns.

A CRC-32 of the bytes themselves would make saving slower; sums run at the speed of memory. Any one, two or three
altered numbers of a block alter a sum; rows or columns that change places change the order of sums. The exact rule is
in ``docs/format.md``.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np

#: Bytes that are summed at a time, and bytes a row; a processor keeps a block at hand for the second sum.
BLOCK, ROW = 1 << 20, 1 << 12


def add_block(block: Any, checksum: int = 0) -> int:
    """Return the checksum of what was summed before (0: nothing) and of the next block.

    Args:
        block: ``BLOCK`` bytes, or fewer where they are the last ones.
        checksum: what the call for the block before returned.

    >>> f"{add_block(bytes([1, 0, 0, 0, 0, 0, 0, 0, 2])):08x}"
    'ba570b84'
    """
    data = np.frombuffer(block, np.uint8)
    if len(data) % ROW:
        data = np.concatenate([data, np.zeros(-len(data) % ROW, np.uint8)])
    numbers = data.view("<u8").reshape(-1, ROW // 8)
    for axis in (1, 0):
        checksum = crc32(np.add.reduce(numbers, axis=axis).astype("<u8", copy=False).data, checksum)
    return checksum
