"""Bytes taken many at a time: the few words in which the text kernels are written as plain Python.

Everything is made of generic LLVM vectors: one AVX-512 register, two AVX registers or four NEON or SSE registers hold
64 bytes, as the machine has them, and LLVM chooses. Addresses are plain integers; they are neither checked nor kept
alive here, so every caller must know that the bytes are there. Machines are little-endian.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_FLOAT, _DOUBLE = ir.FloatType(), ir.DoubleType()
_BYTES = ir.VectorType(_I8, 64)
_WORDS = ir.VectorType(_I64, 8)


def _pointer(builder: Any, address: Any, kind: Any, offset: int = 0) -> Any:
    if offset:
        address = builder.add(address, ir.Constant(_I64, offset))
    return builder.inttoptr(address, kind.as_pointer())


@intrinsic
def word_at(typing_context: Any, address: Any) -> Any:
    """Return the eight bytes at ``address`` as an unsigned number, the first byte lowest."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(builder, arguments[0], _I64), align=1)

    return types.uint64(types.int64), emit


@intrinsic
def put_word(typing_context: Any, address: Any, value: Any) -> Any:
    """Write eight bytes to ``address``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[1], _pointer(builder, arguments[0], _I64), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.uint64), emit


@intrinsic
def copy_bytes(typing_context: Any, target: Any, source: Any, count: Any) -> Any:
    """Copy ``count`` bytes from one address to another; the stretches must not overlap."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, source, count = arguments
        cgutils.raw_memcpy(builder, _pointer(builder, target, _I8), _pointer(builder, source, _I8), count, 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), emit


@intrinsic
def zeros_below(typing_context: Any, mask: Any) -> Any:
    """Return how many zero bits stand below the lowest one of ``mask``; 64 where there is none."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), emit


@intrinsic
def ones(typing_context: Any, mask: Any) -> Any:
    """Return how many bits of ``mask`` are set."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), emit


@intrinsic
def look_ahead(typing_context: Any, address: Any) -> Any:
    """Ask for the cache line at ``address``, which need not be a valid address."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = _I8.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        flags = [ir.Constant(_I32, flag) for flag in (0, 3, 1)]  # for reading, keep close, data
        builder.call(prefetch, [builder.inttoptr(arguments[0], byte), *flags])
        return context.get_dummy_value()

    return types.void(types.int64), emit


@intrinsic
def byte_masks(typing_context: Any, address: Any) -> Any:
    """Return three masks of the 64 bytes at ``address``: bytes up to the blank, blanks, newlines; first byte lowest."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = builder.load(_pointer(builder, arguments[0], _BYTES), align=1)

        def mask(comparison: str, value: int) -> Any:
            hits = builder.icmp_unsigned(comparison, block, ir.Constant(_BYTES, [value] * 64))
            return builder.bitcast(hits, _I64)

        return context.make_tuple(builder, signature.return_type, [mask("<=", 32), mask("==", 32), mask("==", 10)])

    return types.UniTuple(types.uint64, 3)(types.int64), emit  # type: ignore[attr-defined]


@intrinsic
def equal_mask(typing_context: Any, address: Any, value: Any) -> Any:
    """Return the mask of those of the 64 bytes at ``address`` that equal the low byte of ``value``."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = builder.load(_pointer(builder, arguments[0], _BYTES), align=1)
        one = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), builder.trunc(arguments[1], _I8), _I32(0))
        everywhere = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_I32, 64), [0] * 64))
        return builder.bitcast(builder.icmp_unsigned("==", block, everywhere), _I64)

    return types.uint64(types.int64, types.int64), emit


@intrinsic
def bits_of(typing_context: Any, value: Any) -> Any:
    """Return the 64 bits of a float64."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], _I64)

    return types.int64(types.float64), emit


@intrinsic
def eight_squares(typing_context: Any, address: Any) -> Any:
    """Return the sum of the squares of the eight float32 at ``address``, taken in float64, always in the same order."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(_FLOAT, 8)
        block = builder.load(_pointer(builder, arguments[0], kind), align=4)
        total = builder.fpext(block, ir.VectorType(_DOUBLE, 8))
        total = builder.fmul(total, total)
        for width in (4, 2, 1):
            sides = [
                builder.shuffle_vector(total, total, ir.Constant(ir.VectorType(_I32, width), list(range(a, a + width))))
                for a in (0, width)
            ]
            total = builder.fadd(*sides)
        return builder.extract_element(total, _I32(0))

    return types.float64(types.int64), emit


@intrinsic
def put_positions(typing_context: Any, address: Any, mask: Any, first: Any) -> Any:
    """Write ``first + k`` as int32 to ``address`` and on, for the eight lowest bits ``k`` of ``mask``; return the rest.

    Eight numbers are written always; where ``mask`` has fewer bits, the last of them mean nothing.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, mask, first = arguments
        for k in range(8):
            place = builder.add(first, builder.cttz(mask, ir.Constant(ir.IntType(1), 0)))
            builder.store(builder.trunc(place, _I32), _pointer(builder, address, _I32, 4 * k), align=4)
            mask = builder.and_(mask, builder.sub(mask, _I64(1)))
        return mask

    return types.uint64(types.int64, types.uint64, types.int64), emit


@intrinsic
def eight_numbers(typing_context: Any, text: Any, positions: Any, out: Any) -> Any:
    """Read eight plain decimal numbers at once; return a mask of those that it could not read.

    ``positions`` is the address of nine int32: number ``k`` stands between the separators ``text + positions[k]`` and
    ``text + positions[k + 1]``. Eight float32 go to ``out``. Read are an optional minus and up to 15 digits with at
    most one point among them, 16 characters in all: ``m / 10**k`` with ``m < 10**15``, both exact in float64, so the
    quotient is correctly rounded, and rounding it to float32 gives ``float32(float(text))`` to the bit. Anything else
    sets its bit, and its output means nothing.

    The 16 bytes that end where each number ends are read, so 16 bytes before the first end must exist.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        b, (text, positions, out) = builder, arguments
        half, positions8, floats8 = ir.VectorType(_I64, 2), ir.VectorType(_I32, 8), ir.VectorType(_FLOAT, 8)
        doubles8 = ir.VectorType(_DOUBLE, 8)

        def const(value: int) -> Any:
            return ir.Constant(_WORDS, [value & 0xFFFFFFFFFFFFFFFF] * 8)

        def double(value: float) -> Any:
            return ir.Constant(doubles8, [value] * 8)

        zero, eight = const(0), const(8)
        # 1. The last 16 bytes of every number: `late` its last eight, `early` the eight before them.
        halves = []
        for lane in range(8):
            end = b.load(_pointer(b, positions, _I32, 4 * (lane + 1)), align=4)
            place = b.add(text, b.sext(end, _I64))
            halves.append(b.load(_pointer(b, place, half, -16), align=1))

        def gather(which: int) -> Any:
            lanes = halves
            size = 2
            pick = [which, 2 + which]
            while len(lanes) > 1:
                index = ir.Constant(ir.VectorType(_I32, len(pick)), pick)
                lanes = [b.shuffle_vector(x, y, index) for x, y in zip(lanes[::2], lanes[1::2], strict=True)]
                size = len(pick)
                pick = list(range(2 * size))
            return lanes[0]

        early, late = gather(0), gather(1)

        # 2. Lengths, and the minus: the first byte stands at the same bit of `early` or `late`, whichever holds it.
        starts = b.load(_pointer(b, positions, positions8), align=4)
        ends = b.load(_pointer(b, positions, positions8, 4), align=4)
        length = b.sub(b.sext(b.sub(ends, starts), _WORDS), const(1))
        shift = b.and_(b.sub(zero, b.shl(length, const(3))), const(63))
        first = b.and_(b.lshr(b.select(b.icmp_signed(">", length, eight), early, late), shift), const(0xFF))
        minus = b.icmp_unsigned("==", first, const(ord("-")))
        length = b.sub(length, b.zext(minus, _WORDS))
        bad = b.icmp_unsigned(">", b.sub(length, const(1)), const(15))  # empty, or longer than 16

        # 3. Digits become 0..9, and all that stands before the number becomes 0, which adds nothing.
        shift = b.and_(b.sub(zero, b.shl(length, const(3))), const(63))
        keep = b.shl(const(-1), shift)
        wide = b.icmp_signed(">", length, eight)
        late = b.and_(b.xor(late, const(0x3030303030303030)), b.select(wide, const(-1), keep))
        early = b.and_(b.xor(early, const(0x3030303030303030)), b.select(wide, keep, zero))

        # 4. Take the point out: the bytes before it move up by one.
        def point(word: Any) -> Any:
            hits = b.icmp_unsigned("==", b.bitcast(word, _BYTES), ir.Constant(_BYTES, [ord(".") ^ 0x30] * 64))
            return b.bitcast(b.sext(hits, _BYTES), _WORDS)

        def first_of(mark: Any) -> tuple[Any, Any]:
            """Return the lowest byte that ``mark`` has, and all ones below it; nothing where it has none."""
            lowest = b.and_(mark, b.sub(zero, mark))
            below = b.select(b.icmp_unsigned("==", mark, zero), zero, b.sub(lowest, const(1)))
            return b.sub(b.shl(lowest, eight), lowest), below

        def leading(mark: Any) -> Any:
            kind = ir.FunctionType(_WORDS, [_WORDS, ir.IntType(1)])
            count = cgutils.get_or_insert_function(b.module, kind, "llvm.ctlz.v8i64")
            return b.call(count, [mark, ir.Constant(ir.IntType(1), 0)])

        point_late, point_early = point(late), point(early)
        in_late = b.icmp_unsigned("!=", point_late, zero)
        in_early = b.icmp_unsigned("!=", point_early, zero)
        decimals = b.lshr(
            b.select(in_late, leading(point_late), b.select(in_early, b.add(leading(point_early), const(64)), zero)),
            const(3),
        )
        point_late, low_late = first_of(point_late)
        point_early, low_early = first_of(point_early)
        low_early = b.select(in_late, const(-1), low_early)
        carry = b.select(in_late, b.lshr(early, const(56)), zero)

        def close_up(word: Any, low: Any, mark: Any) -> Any:
            kept = b.and_(word, b.not_(b.or_(low, mark)))
            return b.or_(kept, b.shl(b.and_(word, low), eight))

        late = b.or_(close_up(late, low_late, point_late), carry)
        early = close_up(early, low_early, b.select(in_late, zero, point_early))

        # 5. All bytes must be digits now, at most 15 of them.
        def strange(word: Any) -> Any:
            return b.or_(b.add(word, const(0x7676767676767676)), word)

        odd = b.and_(b.or_(strange(late), strange(early)), const(0x8080808080808080))
        bad = b.or_(bad, b.icmp_unsigned("!=", odd, zero))
        too_many = b.and_(b.icmp_unsigned("==", length, const(16)), b.not_(b.or_(in_late, in_early)))
        bare_point = b.and_(b.icmp_unsigned("==", length, const(1)), in_late)
        bad = b.or_(bad, b.or_(too_many, bare_point))

        # 6. Eight digits → one number, three steps: pairs, fours, eights.
        def number(word: Any) -> Any:
            for factor, bits, mask in (
                (10, 8, 0x00FF00FF00FF00FF),
                (100, 16, 0x0000FFFF0000FFFF),
                (10_000, 32, 0xFFFFFFFF),
            ):
                word = b.and_(b.add(b.mul(word, const(factor)), b.lshr(word, const(bits))), const(mask))
            return word

        digits = b.add(b.mul(number(early), const(100_000_000)), number(late))

        # 7. m / 10**k: the power is put together from the bits of k, all products exact.
        power = double(1.0)
        for bit in range(4):
            has = b.icmp_unsigned("!=", b.and_(decimals, const(1 << bit)), zero)
            power = b.fmul(power, b.select(has, double(10.0 ** (1 << bit)), double(1.0)))
        value = b.fptrunc(b.fdiv(b.uitofp(digits, doubles8), power), floats8)
        bits = b.bitcast(value, positions8)
        sign = b.shl(b.zext(minus, positions8), ir.Constant(positions8, [31] * 8))
        b.store(b.bitcast(b.xor(bits, sign), floats8), _pointer(b, out, floats8), align=4)
        return b.zext(b.bitcast(bad, _I8), _I64)

    return types.int64(types.int64, types.int64, types.int64), emit
