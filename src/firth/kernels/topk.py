"""Many queries against all rows at once: products in registers, only the rare winner leaves them.

A tile is six rows by 64 queries. The queries stand packed, coordinate by coordinate, so that one step of the inner loop
loads 64 of their numbers and multiplies them with one number of each row; the rows are read where they lie, so the
matrix is neither copied nor packed. When a tile is done, its products are compared with the 64 bars to beat, and
nearly always that is all: no array of scores ever exists.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from firth.kernels.int8scan import has_feature
from firth.kernels.jit import kernel
from firth.kernels.simd import LANES, FloatsType, fma, load, splat, store, zeros

#: Rows of a tile, and vectors of queries: as many sums as the machine's registers hold.
TILE_ROWS = 6
TILE_WIDTH = (0, 0, 0, 0) if has_feature("avx512f") else (0,)

#: Queries of a tile.
TILE = LANES * len(TILE_WIDTH)

#: Rows that are taken through all panels of queries before the next ones are read: they stay in the second cache.
ROW_BLOCK = 504


@intrinsic
def broadcast(typing_context: Any, address: Any) -> Any:
    """Return one vector with the float at ``address`` in all lanes."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(builder.inttoptr(arguments[0], ir.FloatType().as_pointer()), align=4)
        vector = ir.VectorType(ir.FloatType(), LANES)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        block = ir.Constant(ir.ArrayType(vector, 1), ir.Undefined)
        return builder.insert_value(block, builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), lanes), 0)

    return FloatsType(1)(types.int64), emit


@intrinsic
def beating(typing_context: Any, block: Any, bars: Any) -> Any:
    """Return a bit for each float of a block (at most 64) that is above the float in the same place of ``bars``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = ir.Constant(ir.IntType(64), 0)
        for k in range(signature.args[0].count):
            value, bar = (builder.extract_value(argument, k) for argument in arguments)
            above = builder.bitcast(builder.fcmp_ordered(">", value, bar), ir.IntType(LANES))
            shift = ir.Constant(ir.IntType(64), LANES * k)
            bits = builder.or_(bits, builder.shl(builder.zext(above, ir.IntType(64)), shift))
        return bits

    return types.uint64(block, bars), emit


@intrinsic
def part(typing_context: Any, block: Any, number: Any) -> Any:
    """Return the n-th vector of a block, n being the length of the tuple ``number``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = builder.extract_value(arguments[0], len(signature.args[1]) - 1)
        return builder.insert_value(ir.Constant(ir.ArrayType(vector.type, 1), ir.Undefined), vector, 0)

    return FloatsType(1)(block, number), emit


@kernel
def aligned(size: int) -> NDArray[np.float32]:
    """Return ``size`` zeros that start at a multiple of 64 bytes, so that no vector crosses a line of the cache."""
    room = np.zeros(size + LANES, np.float32)
    skipped = (-room.ctypes.data % 64) // 4
    return room[skipped : skipped + size]


@kernel
def pack(queries: NDArray[np.float32], panels: NDArray[np.float32]) -> None:
    """Lay queries ``(n, dim)`` out as panels ``(n_panels, dim, TILE)``, which start as zeros."""
    tile = panels.shape[2]
    for i in range(len(queries)):
        for k in range(queries.shape[1]):
            panels[i // tile, k, i % tile] = queries[i, k]


@kernel
def _offer(
    scores: NDArray[np.float32], rows: NDArray[np.int64], bars: NDArray[np.float32], query: int, row: int, score: float
) -> None:
    """Enter a row into the list of a query, best first; of equal scores the row that came first stands first."""
    kept = scores.shape[1]
    place = kept - 1
    while place > 0 and scores[query, place - 1] < score:
        scores[query, place] = scores[query, place - 1]
        rows[query, place] = rows[query, place - 1]
        place -= 1
    scores[query, place] = score
    rows[query, place] = row
    bars[query] = scores[query, kept - 1]


@kernel
def scan_batch(
    vectors: NDArray[np.float32],
    inverse: NDArray[np.float32],
    first_row: int,
    panels: NDArray[np.float32],
    width: tuple[int, ...],
    scores: NDArray[np.float32],
    rows: NDArray[np.int64],
    bars: NDArray[np.float32],
) -> None:
    """Offer every row to every query; each keeps its best.

    Args:
        vectors: C-contiguous, of shape ``(n, dim)``, at least six rows.
        inverse: one over the length of each row, 0 for a row without direction, of shape ``(n,)``.
        first_row: the number that the first row goes by.
        panels: the queries as :func:`pack` lays them out.
        width: ``TILE_WIDTH``.
        scores, rows: the lists so far, best first, of shape ``(n_panels * TILE, kept)``; -inf and -1 at first.
        bars: the last score of every list; +inf where there is no query.
    """
    n, dim = vectors.shape
    tile = panels.shape[2]
    line = 4 * tile
    stride = 4 * dim
    out = np.empty((6, tile), np.float32)
    base, panel_base, bar_base, out_base = vectors.ctypes.data, panels.ctypes.data, bars.ctypes.data, out.ctypes.data
    masks = np.empty(6, np.uint64)
    for block in range(0, n, 504):
        end = min(block + 504, n)
        for panel in range(len(panels)):
            group = block
            while group < end:
                at = min(group, n - 6)  # the last tile of all reaches back over rows that were seen
                row0 = base + at * stride
                a = b = c = d = e = f = zeros(width)
                number = panel_base + panel * dim * line
                for k in range(dim):
                    x = load(number, width)
                    place = row0 + 4 * k
                    a = fma(broadcast(place), x, a)
                    b = fma(broadcast(place + stride), x, b)
                    c = fma(broadcast(place + 2 * stride), x, c)
                    d = fma(broadcast(place + 3 * stride), x, d)
                    e = fma(broadcast(place + 4 * stride), x, e)
                    f = fma(broadcast(place + 5 * stride), x, f)
                    number += line
                a *= splat(inverse[at])
                b *= splat(inverse[at + 1])
                c *= splat(inverse[at + 2])
                d *= splat(inverse[at + 3])
                e *= splat(inverse[at + 4])
                f *= splat(inverse[at + 5])
                bar = load(bar_base + panel * line, width)
                masks[0], masks[1], masks[2] = beating(a, bar), beating(b, bar), beating(c, bar)
                masks[3], masks[4], masks[5] = beating(d, bar), beating(e, bar), beating(f, bar)
                if masks[0] | masks[1] | masks[2] | masks[3] | masks[4] | masks[5]:
                    store(out_base, a)
                    store(out_base + line, b)
                    store(out_base + 2 * line, c)
                    store(out_base + 3 * line, d)
                    store(out_base + 4 * line, e)
                    store(out_base + 5 * line, f)
                    for j in range(6):
                        row = at + j
                        if masks[j] == 0 or row < group or inverse[row] == 0:
                            continue
                        for lane in range(tile):
                            query = panel * tile + lane
                            if (masks[j] >> np.uint64(lane)) & np.uint64(1) and out[j, lane] > bars[query]:
                                _offer(scores, rows, bars, query, first_row + row, out[j, lane])
                group += 6
