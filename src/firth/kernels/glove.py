"""GloVe's steps over records of the co-occurrence matrix (Pennington et al. 2014), with AdaGrad (Duchi et al. 2011).

A word has four rows, side by side: its vector w, the sums of its squared gradients, its context vector c, and the sums
of those. Behind the ``dim`` numbers stand two more: (bias, 1) in w and (1, bias) in c, so that ``w.c`` is the whole
prediction of log x. A row of rates for either kind keeps the ones as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.extending import intrinsic
from numpy.typing import NDArray

from firth.kernels import simd
from firth.kernels.jit import fast_kernel
from firth.kernels.simd import fma, inlined, load, prefetch, splat, store, total, zeros

#: Bytes of one vector.
BYTES = 4 * simd.LANES
#: Rows are asked for from memory this many records ahead.
AHEAD = 6
#: Records after which the two halves of a symmetric matrix change places; their rows stay in a core's cache so long.
BLOCK = 1 << 12
#: The weighted residual is clipped here: never reached by what converges, it keeps a wild learning rate finite.
CLIP = 100.0


@intrinsic
def inverse_root(typing_context: Any, x: Any) -> Any:
    """Return ``1 / sqrt(x)`` as the machine does it fastest, right to some 1e-6."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        out = []
        for value in simd._unpack(builder, signature.args[0], arguments[0]):
            root = simd._call(builder, "llvm.sqrt.v16f32", simd._VECTOR, [value])
            one = ir.Constant(simd._VECTOR, [1.0] * simd.LANES)
            out.append(builder.fdiv(one, root, flags=("fast",)))
        return simd._pack(builder, out)

    return x(x), emit


@inlined
def ask_for(row: int, vectors: int) -> None:
    """Ask for the cache lines of a row and of its sums, which follow it."""
    for k in range(2 * vectors):
        prefetch(row + k * BYTES)


@inlined
def is_turned(record: int, sweep: int) -> bool:
    """Tell in which of the two sweeps a record is trained the other way round: half of them in each."""
    return (((record * 0x9E3779B1) >> 16) ^ sweep) & 1 == 1


@fast_kernel
def train_records(
    width: tuple[int, ...],
    blocks: int,
    words: NDArray[np.int32],
    numbers: NDArray[np.float32],
    first: int,
    is_ordered: bool,
    rows: int,
    rates: int,
    result: NDArray[np.float64],
) -> None:
    """Train records once; add the loss and the number of steps to ``result``.

    ``words`` and ``numbers`` are the two faces of the same records, of which the first is number ``first`` of all. A
    pair that is not ordered is two entries of a symmetric matrix: a block of records is gone through twice, and each
    time one of the two is trained. ``rows`` and ``rates`` are addresses.
    """
    one = (0,)
    vectors = blocks * len(width)
    row_bytes = vectors * BYTES
    n = len(words)
    loss = 0.0
    steps = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        for sweep in range(1 if is_ordered else 2):
            for t in range(start, stop):
                later = min(t + AHEAD, stop - 1)
                turned = not is_ordered and is_turned(first + later, sweep)
                a, b = np.int64(words[later, 0]), np.int64(words[later, 1])
                if turned:
                    a, b = b, a
                ask_for(rows + 4 * a * row_bytes, vectors)
                ask_for(rows + (4 * b + 2) * row_bytes, vectors)
                turned = not is_ordered and is_turned(first + t, sweep)
                a, b = np.int64(words[t, 0]), np.int64(words[t, 1])
                if turned:
                    if a == b:  # on the diagonal there is one entry, not two
                        continue
                    a, b = b, a
                w = rows + 4 * a * row_bytes
                c = rows + (4 * b + 2) * row_bytes
                dot = zeros(width)
                for block in range(blocks):
                    here = block * BYTES * len(width)
                    dot = fma(load(w + here, width), load(c + here, width), dot)
                residual = total(dot) - numbers[t, 2]
                weighted = numbers[t, 3] * residual
                loss += 0.5 * np.float64(weighted) * np.float64(residual)
                steps += 1
                factor = splat(min(max(weighted, np.float32(-CLIP)), np.float32(CLIP)))
                for block in range(blocks):
                    for k in range(len(width)):
                        here = (block * len(width) + k) * BYTES
                        x = load(w + here, one)
                        y = load(c + here, one)
                        g = load(w + row_bytes + here, one)
                        h = load(c + row_bytes + here, one)
                        u = factor * load(rates + here, one) * y
                        v = factor * load(rates + row_bytes + here, one) * x
                        store(w + here, x - u * inverse_root(g))
                        store(c + here, y - v * inverse_root(h))
                        store(w + row_bytes + here, fma(u, u, g))
                        store(c + row_bytes + here, fma(v, v, h))
    result[0] += loss
    result[1] += steps
