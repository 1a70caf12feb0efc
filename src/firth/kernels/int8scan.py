"""Rows as signed bytes: made, and scanned at the speed of memory.

The scan takes sixteen rows at a time. Their integer products with the query are summed in sixteen registers, which
are then merged in twos into one register of sixteen sums: three instructions a row. Where the machine has AVX512-VNNI,
one instruction multiplies and adds 64 bytes; elsewhere generic vectors do the same in a few. Both give the same
integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numpy.typing import NDArray

from firth.kernels.jit import fast_kernel, kernel

#: Rows taken at a time, and bytes of a row in one step. Rows have at least as many bytes.
BLOCK = 16
STEP = 64

_BYTE, _SHORT, _INT, _LONG, _FLOAT = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_BYTES, _INTS, _FLOATS = ir.VectorType(_BYTE, STEP), ir.VectorType(_INT, BLOCK), ir.VectorType(_FLOAT, BLOCK)


def has_feature(name: str) -> bool:
    """Tell whether the compiler makes code for a machine with a feature (its settings may deny what the CPU has)."""
    return f"+{name}" in str(getattr(cpu_target.target_context.codegen(), "_tm_features", "")).split(",")


def _constants(kind: Any, values: list[int]) -> Any:
    return ir.Constant(ir.VectorType(kind, len(values)), values)


def _load(builder: Any, address: Any, kind: Any) -> Any:
    return builder.load(builder.inttoptr(address, kind.as_pointer()), align=1)


def _add_products(builder: Any, sums: Any, row: Any, query: Any, vnni: bool) -> Any:
    """Add the products of 64 signed bytes of a row and of the query to sixteen sums.

    The instruction takes the row's bytes as unsigned, so 128 is added to each by flipping its top bit; the caller takes
    128 times the sum of the query's bytes off again. The generic form adds two products of at most 127 * 127 as short
    integers, which just hold them.
    """
    if vnni:
        raised = builder.xor(row, _constants(_BYTE, [-128] * STEP))
        kind = ir.FunctionType(_INTS, [_INTS] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.vpdpbusd.512")
        return builder.call(function, [sums, builder.bitcast(raised, _INTS), builder.bitcast(query, _INTS)])
    for half in (0, STEP // 2):
        part = _constants(_INT, list(range(half, half + STEP // 2)))
        undefined = ir.Constant(_BYTES, ir.Undefined)
        shorts = ir.VectorType(_SHORT, STEP // 2)
        products = builder.mul(
            builder.sext(builder.shuffle_vector(row, undefined, part), shorts),
            builder.sext(builder.shuffle_vector(query, undefined, part), shorts),
        )
        nothing = ir.Constant(shorts, ir.Undefined)
        halves = [
            builder.shuffle_vector(products, nothing, _constants(_INT, list(range(k, k + BLOCK)))) for k in (0, BLOCK)
        ]
        sums = builder.add(sums, builder.sext(builder.add(*halves), _INTS))
    return sums


def _merge(builder: Any, vectors: list[Any]) -> Any:
    """Return one vector whose lane k is the sum of all lanes of vector k."""
    # pairs (a, b) are merged so that the lanes of each half are summed; labels follow which sum ends up in which lane
    labels = [[k] * BLOCK for k in range(BLOCK)]
    run = BLOCK
    while run > 1:
        lower = [half * BLOCK + start + k for half in (0, 1) for start in range(0, BLOCK, run) for k in range(run // 2)]
        upper = [index + run // 2 for index in lower]
        if run <= 4:  # keep lanes inside their 128 bits, where a shuffle is cheapest
            order = sorted(range(BLOCK), key=lambda k: (lower[k] % BLOCK // 4, lower[k] // BLOCK, lower[k] % 4))
            lower, upper = [lower[k] for k in order], [upper[k] for k in order]
        pairs = list(zip(vectors[::2], vectors[1::2], strict=True))
        vectors = [
            builder.add(*(builder.shuffle_vector(a, b, _constants(_INT, mask)) for mask in (lower, upper)))
            for a, b in pairs
        ]
        labels = [[(a + b)[k] for k in lower] for a, b in zip(labels[::2], labels[1::2], strict=True)]
        run //= 2
    back = _constants(_INT, [labels[0].index(k) for k in range(BLOCK)])
    return builder.shuffle_vector(vectors[0], ir.Constant(_INTS, ir.Undefined), back)


def make_products(vnni: bool) -> Any:
    """Return the compiler's form of ``products(rows, stride, query, steps, last, out)``.

    It writes the sixteen integer products of the query and the rows at addresses ``rows + k * stride`` to ``out``. Step
    i covers the bytes from ``64 i``, the last step those from ``last``; ``query`` holds 64 bytes a step, with zeros
    where the last step covers bytes once more. With ``vnni``, 128 times the sum of the query must be taken off.
    """

    @intrinsic
    def products(typing_context: Any, rows: Any, stride: Any, query: Any, steps: Any, last: Any, out: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            rows, stride, query, steps, last, out = arguments
            sums = [cgutils.alloca_once(builder, _INTS) for _ in range(BLOCK)]
            for place in sums:
                builder.store(_constants(_INT, [0] * BLOCK), place)

            def step(at: Any, within: Any) -> None:
                part = _load(builder, builder.add(query, at), _BYTES)
                address = builder.add(rows, within)
                for place in sums:
                    row = _load(builder, address, _BYTES)
                    builder.store(_add_products(builder, builder.load(place), row, part, vnni), place)
                    address = builder.add(address, stride)

            before_last = builder.sub(steps, ir.Constant(_LONG, 1))
            with cgutils.for_range(builder, before_last) as loop:
                at = builder.mul(loop.index, ir.Constant(_LONG, STEP))
                step(at, at)
            step(builder.mul(before_last, ir.Constant(_LONG, STEP)), last)
            merged = _merge(builder, [builder.load(place) for place in sums])
            builder.store(merged, builder.inttoptr(out, _INTS.as_pointer()), align=4)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6), emit

    return products


VNNI = has_feature("avx512vnni") and has_feature("avx512f")
_products = make_products(VNNI)


@intrinsic
def _bounds(
    typing_context: Any, sums: Any, scales: Any, residuals: Any, out: Any,
    taken_off: Any, factor: Any, wider: Any, slack: Any, least: Any,
) -> Any:  # fmt: skip
    """Write sixteen lower and sixteen upper bounds to ``out``; return a bit for each upper that reaches ``least``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        sums, scales, residuals, out, taken_off, factor, wider, slack, least = arguments

        def all_lanes(value: Any, kind: Any) -> Any:
            one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_INT, 0))
            return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), _constants(_INT, [0] * BLOCK))

        whole = builder.sub(_load(builder, sums, _INTS), all_lanes(taken_off, _INTS))
        middle = builder.fmul(builder.sitofp(whole, _FLOATS), _load(builder, scales, _FLOATS))
        middle = builder.fmul(middle, all_lanes(factor, _FLOATS))
        error = builder.fmul(_load(builder, residuals, _FLOATS), all_lanes(wider, _FLOATS))
        error = builder.fadd(error, all_lanes(slack, _FLOATS))
        lower, upper = builder.fsub(middle, error), builder.fadd(middle, error)
        for vector, place in ((lower, out), (upper, builder.add(out, ir.Constant(_LONG, 4 * BLOCK)))):
            builder.store(vector, builder.inttoptr(place, _FLOATS.as_pointer()), align=4)
        reached = builder.fcmp_ordered(">=", upper, all_lanes(least, _FLOATS))  # false for NaN: no direction
        return builder.zext(builder.bitcast(reached, ir.IntType(BLOCK)), _LONG)

    return types.int64(*[types.int64] * 4, types.int32, *[types.float32] * 4), emit


@kernel
def scan(
    rows: NDArray[np.int8],
    scales: NDArray[np.float32],
    residuals: NDArray[np.float32],
    query: NDArray[np.int8],
    query_sum: int,
    factor: float,
    wider: float,
    slack: float,
    start: int,
    stop: int,
    best: NDArray[np.float32],
    found: NDArray[np.int64],
    uppers: NDArray[np.float32],
) -> int:
    """Collect the rows from ``start`` to ``stop`` whose upper bound reaches the k-th best lower bound seen so far.

    The score of row i lies within ``residuals[i] * wider + slack`` of ``factor * scales[i]`` times its integer product.

    Args:
        rows: C-contiguous, of shape ``(n, width)``, ``width >= 64``; at least 16 rows from ``start`` to ``stop``.
        query: the query's bytes, one line of 64 a step, ``(n_steps, 64)``.
        query_sum: their sum.
        best: the k best lower bounds, ascending, -inf at first; filled on return.
        found, uppers: room for the rows and their upper bounds.

    Returns:
        How many rows were collected, or -1 where there was no room for all.
    """
    steps, width = len(query), rows.shape[1]
    last = width - STEP
    sums = np.empty(BLOCK, np.int32)
    bounds = np.empty(2 * BLOCK, np.float32)
    row_address, query_address = rows.ctypes.data, query.ctypes.data
    sum_address, bound_address = sums.ctypes.data, bounds.ctypes.data
    scale_address, residual_address = scales.ctypes.data, residuals.ctypes.data
    taken_off = np.int32(128 * query_sum if VNNI else 0)
    k, count, room = len(best), 0, len(found)
    least = best[0]
    first = start
    while first < stop:
        fresh = 0xFFFF
        if first + BLOCK > stop:  # the last rows come with some that were seen before
            fresh = (0xFFFF << (first + BLOCK - stop)) & 0xFFFF
            first = stop - BLOCK
        _products(row_address + first * width, width, query_address, steps, last, sum_address)
        reached = _bounds(
            sum_address, scale_address + 4 * first, residual_address + 4 * first, bound_address,
            taken_off, np.float32(factor), np.float32(wider), np.float32(slack), least,
        )  # fmt: skip
        reached &= fresh
        if reached:
            for j in range(BLOCK):
                if not (reached >> j) & 1 or bounds[BLOCK + j] < least:
                    continue
                if count == room:  # make room: the bar has risen since the first rows were collected
                    count = _keep(found, uppers, count, least)
                    if 2 * count > room:
                        return -1
                found[count], uppers[count] = first + j, bounds[BLOCK + j]
                count += 1
                lower = bounds[j]
                if lower > least:
                    place = 1
                    while place < k and best[place] < lower:
                        best[place - 1] = best[place]
                        place += 1
                    best[place - 1] = lower
                    least = best[0]
        first += BLOCK
    return _keep(found, uppers, count, least)


@kernel
def _keep(found: NDArray[np.int64], uppers: NDArray[np.float32], count: int, least: float) -> int:
    """Close up the rows whose upper bound reaches ``least``; return how many they are."""
    kept = 0
    for i in range(count):
        if uppers[i] >= least:
            found[kept], uppers[kept] = found[i], uppers[i]
            kept += 1
    return kept


@fast_kernel
def quantise(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float32],
    usable: NDArray[np.bool_],
    rows: NDArray[np.int8],
    scales: NDArray[np.float32],
    residuals: NDArray[np.float32],
) -> None:
    """Round unit rows to bytes; write each row's scale, and the length of what its rounding leaves, never too short.

    ``rows`` has at least as many columns as ``vectors`` and starts as zeros. Rows that are not ``usable`` get the scale
    0 and the residual NaN, which no comparison reaches.
    """
    dim = vectors.shape[1]
    for i in range(len(vectors)):
        if not usable[i]:
            scales[i], residuals[i] = 0.0, np.nan
            continue
        inverse = 1.0 / np.float64(norms[i])
        largest = np.float32(0.0)
        for j in range(dim):
            largest = max(largest, abs(vectors[i, j]))
        scale = np.float32(largest * inverse / 127.0)
        scales[i] = scale
        per_step = 1.0 / np.float64(scale) if scale > 0 else 0.0
        left, length = 0.0, 0.0
        for j in range(dim):
            unit = vectors[i, j] * inverse
            step = np.rint(unit * per_step)
            step = min(127.0, max(-127.0, step))
            rows[i, j] = np.int8(step)
            rest = unit - step * np.float64(scale)
            left += rest * rest
            length += unit * unit
        # rounded up; a stored norm that is too short makes the row longer than one, which widens its bound as well
        residuals[i] = np.float32((np.sqrt(left) + max(0.0, np.sqrt(length) - 1.0)) * (1.0 + 1e-6) + 1e-30)
