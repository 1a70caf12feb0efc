"""What a pickle says, without doing it.

A pickle is a program; Python's own reader runs it, and a program may import and call anything. Here its
instructions are only *written down*: a thing that should be imported becomes a :class:`Global` with its name, a thing
that should be made by a call becomes an :class:`Inert` record of the call's name and arguments. Nothing is imported,
nothing is called, no attribute is looked up, and nothing is allocated that the bytes do not back. Dicts become records
too, so that no hash of untrusted keys is taken.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from firth.errors import FormatError

#: Newest protocol that is understood; it is the newest there is.
PROTOCOL = 5

_MARK = object()
_F64 = struct.Struct(">d")


class Global:
    """Something that Python's reader would import.

    >>> Global("os", "system")
    <os.system>
    """

    __slots__ = ("name",)

    def __init__(self, module: str, name: str) -> None:
        self.name = f"{module}.{name}"

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Inert:
    """Something that Python's reader would make: what by, from what, and what it would put in.

    Attributes:
        kind: the name of the class or function that would be called; ``"dict"`` for a plain dict.
        arguments: what it would be called with.
        state: what would be set on it, None for nothing.
        keys, values: what would be entered in it by key.
        items: what would be appended to it.
    """

    __slots__ = ("arguments", "items", "keys", "kind", "state", "values")

    def __init__(self, kind: str, arguments: Any = ()) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: Any = None
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.items: list[Any] = []

    def __repr__(self) -> str:
        return f"<record of {self.kind}>"

    def get(self, name: str) -> Any:
        """Return what stands under ``name`` in a dict, or in the state of an object; None where nothing does."""
        holder = self.state if isinstance(self.state, Inert) else self
        for key, value in zip(reversed(holder.keys), reversed(holder.values), strict=True):
            if isinstance(key, str) and key == name:
                return value
        return None

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        """Yield the keys and values of a dict."""
        return zip(self.keys, self.values, strict=True)


def interpret(data: NDArray[Any], name: str) -> Any:
    """Return what the pickle in ``data`` describes, made of plain values, lists, tuples and records.

    Raises:
        FormatError: the bytes are no whole pickle, or one of a kind that gensim does not write.

    >>> import numpy, pickle
    >>> evil = b"cos\\nsystem\\n(S'echo no'\\ntR."
    >>> interpret(numpy.frombuffer(b"\\x80\\x02" + evil, numpy.uint8), "evil.kv").kind
    'os.system'
    """
    try:
        return _Machine(data, name).run()
    except FormatError:
        raise
    except (IndexError, ValueError, TypeError, AttributeError, KeyError, OverflowError, struct.error) as error:
        raise FormatError(
            f"{name}: the pickle makes no sense ({type(error).__name__}: {error}); the file is damaged"
        ) from error


class _Machine:
    """Steps through the instructions; one ``if`` an instruction, the frequent ones first."""

    def __init__(self, data: NDArray[Any], name: str) -> None:
        self.view, self.name, self.place = data.data, name, 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def take(self, size: int) -> memoryview:
        """Return the next bytes, as a view."""
        if not 0 <= size <= len(self.view) - self.place:
            raise FormatError(
                f"{self.name}: {size:,} bytes are promised at byte {self.place:,}, the file ends at "
                f"{len(self.view):,}; it is cut"
            )
        self.place += size
        return self.view[self.place - size : self.place]

    def number(self, size: int, signed: bool = False) -> int:
        """Return the next bytes as a whole number."""
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, size: int) -> str:
        """Return the next bytes as text."""
        return str(self.take(size), "utf-8", "surrogatepass")

    def line(self) -> str:
        """Return the text up to the next line's end, at most a kilobyte away."""
        raw = bytes(self.view[self.place : self.place + 1024])
        end = raw.index(b"\n")
        self.place += end + 1
        return raw[:end].decode("latin-1")

    def since_mark(self) -> list[Any]:
        """Take everything above the last mark off the stack."""
        stack = self.stack
        place = len(stack) - 1
        while stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise FormatError(f"{self.name}: the pickle closes what it never opened; the file is damaged")
        taken = stack[place + 1 :]
        del stack[place:]
        return taken

    def enter(self, taken: list[Any]) -> None:
        """Enter keys and values in the dict on top of the stack."""
        holder = self.stack[-1]
        if not isinstance(holder, Inert) or len(taken) % 2:
            raise FormatError(f"{self.name}: the pickle enters keys in what is no dict; the file is damaged")
        holder.keys += taken[::2]
        holder.values += taken[1::2]

    def append(self, taken: list[Any]) -> None:
        """Append to the list on top of the stack."""
        holder = self.stack[-1]
        (holder.items if isinstance(holder, Inert) else holder).extend(taken)

    def call(self, function: Any, arguments: Any) -> Inert:
        """Write down a call, without making it."""
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise FormatError(f"{self.name}: the pickle calls what is no function; the file is damaged")
        return Inert(function.name, arguments)

    def run(self) -> Any:
        stack, memo, view = self.stack, self.memo, self.view
        if len(view) < 2 or view[0] != 0x80 or view[1] > PROTOCOL:
            raise FormatError(f"{self.name} is no pickle of protocol 2 to {PROTOCOL}")
        while True:
            op = self.take(1)[0]
            if op == 0x8C:  # SHORT_BINUNICODE
                stack.append(self.text(self.number(1)))
            elif op == 0x94:  # MEMOIZE
                memo[len(memo)] = stack[-1]
            elif op == 0x71:  # BINPUT
                memo[self.number(1)] = stack[-1]
            elif op == 0x72:  # LONG_BINPUT
                memo[self.number(4)] = stack[-1]
            elif op == 0x68:  # BINGET
                stack.append(memo[self.number(1)])
            elif op == 0x6A:  # LONG_BINGET
                stack.append(memo[self.number(4)])
            elif op == 0x58:  # BINUNICODE
                stack.append(self.text(self.number(4)))
            elif op == 0x4B:  # BININT1
                stack.append(self.number(1))
            elif op == 0x4D:  # BININT2
                stack.append(self.number(2))
            elif op == 0x4A:  # BININT
                stack.append(self.number(4, signed=True))
            elif op == 0x2E:  # STOP
                (result,) = stack
                return result
            elif op in _PLAIN:
                stack.append(_PLAIN[op])
            elif op in _MAKERS:
                _MAKERS[op](self)
            else:
                raise FormatError(
                    f"{self.name}: instruction {op:#04x} at byte {self.place - 1:,} is not one that gensim's files "
                    "use; firth runs no pickle: load the file with gensim and save it with save_word2vec_format"
                )


def _tuple(size: int) -> Any:
    def make(machine: _Machine) -> None:
        if len(machine.stack) < size:
            raise FormatError(f"{machine.name}: a tuple of too few parts; the file is damaged")
        parts = tuple(machine.stack[-size:])
        del machine.stack[-size:]
        machine.stack.append(parts)

    return make


def _build(machine: _Machine) -> None:
    state = machine.stack.pop()
    holder = machine.stack[-1]
    if not isinstance(holder, Inert):
        raise FormatError(f"{machine.name}: the pickle sets the state of what is no object; the file is damaged")
    holder.state = state


def _reduce(machine: _Machine) -> None:
    arguments = machine.stack.pop()
    machine.stack.append(machine.call(machine.stack.pop(), arguments))


def _reduce_with_names(machine: _Machine) -> None:
    machine.stack.pop()  # keyword arguments; nothing that firth reads has any
    _reduce(machine)


def _object(machine: _Machine) -> None:
    function, *arguments = machine.since_mark()
    machine.stack.append(machine.call(function, tuple(arguments)))


def _instance(machine: _Machine) -> None:
    function = Global(machine.line(), machine.line())
    machine.stack.append(machine.call(function, tuple(machine.since_mark())))


def _stack_global(machine: _Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        raise FormatError(f"{machine.name}: the pickle imports what is no name; the file is damaged")
    machine.stack.append(Global(module, name))


def _one_pair(machine: _Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.enter([key, value])


def _one_item(machine: _Machine) -> None:
    item = machine.stack.pop()
    machine.append([item])


def _dict(machine: _Machine) -> None:
    taken = machine.since_mark()
    machine.stack.append(Inert("dict"))
    machine.enter(taken)


def _written_number(machine: _Machine) -> None:
    text = machine.line()
    if len(text) > 400:  # decimal text of any length takes quadratic time
        raise FormatError(f"{machine.name}: a number of {len(text)} digits; the file is damaged")
    machine.stack.append(text == "01" if text in ("00", "01") else int(text.rstrip("L")))


def _quoted(machine: _Machine) -> None:
    machine.stack.append(machine.line().strip("'\""))


_PLAIN = {0x4E: None, 0x88: True, 0x89: False, 0x29: (), 0x28: _MARK}

_MAKERS: dict[int, Any] = {
    0x7D: lambda m: m.stack.append(Inert("dict")),  # EMPTY_DICT
    0x5D: lambda m: m.stack.append([]),  # EMPTY_LIST
    0x8F: lambda m: m.stack.append([]),  # EMPTY_SET
    0x75: lambda m: m.enter(m.since_mark()),  # SETITEMS
    0x65: lambda m: m.append(m.since_mark()),  # APPENDS
    0x90: lambda m: m.append(m.since_mark()),  # ADDITEMS
    0x91: lambda m: m.stack.append(m.since_mark()),  # FROZENSET
    0x6C: lambda m: m.stack.append(m.since_mark()),  # LIST
    0x74: lambda m: m.stack.append(tuple(m.since_mark())),  # TUPLE
    0x85: _tuple(1),
    0x86: _tuple(2),
    0x87: _tuple(3),
    0x64: _dict,
    0x73: _one_pair,  # SETITEM
    0x61: _one_item,  # APPEND
    0x62: _build,
    0x52: _reduce,
    0x81: _reduce,  # NEWOBJ
    0x92: _reduce_with_names,  # NEWOBJ_EX
    0x6F: _object,
    0x69: _instance,
    0x93: _stack_global,
    0x63: lambda m: m.stack.append(Global(m.line(), m.line())),  # GLOBAL
    0x47: lambda m: m.stack.append(_F64.unpack(m.take(8))[0]),  # BINFLOAT
    0x8A: lambda m: m.stack.append(m.number(m.number(1), signed=True)),  # LONG1
    0x8B: lambda m: m.stack.append(m.number(m.number(4), signed=True)),  # LONG4
    0x8D: lambda m: m.stack.append(m.text(m.number(8))),  # BINUNICODE8
    0x43: lambda m: m.stack.append(m.take(m.number(1))),  # SHORT_BINBYTES
    0x42: lambda m: m.stack.append(m.take(m.number(4))),  # BINBYTES
    0x8E: lambda m: m.stack.append(m.take(m.number(8))),  # BINBYTES8
    0x96: lambda m: m.stack.append(m.take(m.number(8))),  # BYTEARRAY8
    0x55: lambda m: m.stack.append(str(m.take(m.number(1)), "latin-1")),  # SHORT_BINSTRING
    0x54: lambda m: m.stack.append(str(m.take(m.number(4)), "latin-1")),  # BINSTRING
    0x53: _quoted,  # STRING
    0x49: _written_number,  # INT, as Python 2 wrote it
    0x4C: _written_number,  # LONG
    0x80: lambda m: m.take(1),  # PROTO
    0x95: lambda m: m.take(8),  # FRAME
    0x30: lambda m: m.stack.pop(),  # POP
    0x31: lambda m: m.since_mark(),  # POP_MARK
    0x32: lambda m: m.stack.append(m.stack[-1]),  # DUP
}
