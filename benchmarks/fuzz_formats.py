"""Throw damaged vector files at the readers: each must end in one clear error, or in a table whose every row is right.

python benchmarks/fuzz_formats.py --n 1000000            a million files, on all cores
python benchmarks/fuzz_formats.py --n 1 --first 123456   one case again, by its number

Files of every kind (made here, and real ones where FIRTH_DATA has them) are cut, spliced and altered. Their bytes lie
directly before or behind a page of memory that must not be touched, so that reading one byte too far ends the process.
Rows of text and binary files are compared, bit by bit, with slow readers in plain Python. Work is done in processes of
their own; one that ends or hangs costs its case, which is printed with the number that repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import mmap
import os
import random
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from common import DATA, ROOT

sys.path.insert(0, str(ROOT))

from tests.formats.samples import FILES
from tests.formats.slow_readers import slow_binary, slow_text

import firth
from firth.errors import FirthError
from firth.formats import FORMATS, _detect, load, read_source, save
from firth.formats.base import ReadOptions, Source
from firth.formats.checksums import check_source
from firth.formats.source import unpack
from firth.report import LoadReport

ENDINGS = (".txt", ".vec", ".bin", ".firth", ".npy", ".txt.gz", ".bin.zst", ".vec.xz", ".txt.bz2", ".vec.zip")
PAGE = mmap.PAGESIZE
LARGEST = 64 * PAGE
HANG = 30.0  # seconds without a sign of life
STARTING = 600.0  # further seconds at the start, when kernels may have to be compiled
NAME = "case.bin"


# ---------------------------------------------------------------------------------- memory with walls


class Walled:
    """A stretch of memory between two pages that end the process when touched."""

    def __init__(self, size: int = LARGEST) -> None:
        self.map = mmap.mmap(-1, size + 2 * PAGE)
        self.size = size
        self.array = np.frombuffer(self.map, np.uint8)
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        for place in (self.array.ctypes.data, self.array.ctypes.data + PAGE + size):
            if protect(ctypes.c_void_p(place), ctypes.c_size_t(PAGE), 0):
                raise OSError(ctypes.get_errno(), "mprotect")

    def put(self, data: bytes, *, at_end: bool) -> np.ndarray:
        """Copy bytes against one of the walls; return them as the read-only array that readers get."""
        start = PAGE + self.size - len(data) if at_end else PAGE
        view = self.array[start : start + len(data)]
        view[:] = np.frombuffer(data, np.uint8)
        out = view.view()
        out.flags.writeable = False
        return out


# ---------------------------------------------------------------------------------- seeds


def seeds(folder: Path) -> list[tuple[str, bytes]]:
    """Return small sound files of every kind to start from."""
    out: list[tuple[str, bytes]] = []
    rng = np.random.default_rng(5)
    for n, dim in ((1, 1), (12, 3), (6, 8), (5, 17), (30, 2), (3, 40)):
        words = [f"w{k}" for k in range(n - 1)] + ["naïve"]
        wv = firth.WordVectors.from_words(words, rng.normal(size=(n, dim)).astype(np.float32))
        for ending in ENDINGS:
            path = save(wv, folder / f"seed{ending}")
            out.append((f"made {n}x{dim}{ending}", path.read_bytes()))
        half = firth.WordVectors.from_words(words, wv.vectors.astype(np.float16))
        out.append((f"made {n}x{dim} half.firth", save(half, folder / "half.firth").read_bytes()))
    tricky = [
        b"2 3\r\nthe 0.1 -2 3e-5\r\ncat\t1\t2\t3 \r\n. . . 1 2 3\r\n",
        b"\xef\xbb\xbfthe 0.1 0.2\n\ncaf\xe9 1 nan\n 5 6\ncat 0 0\ncat 1 2\ndog 1",
        b"1 2\n3 4\n5 6\n",
        b"".join(b"x%d" % k + b" 1.5" * 9 + b" 0.1234567890123456789 1e-40 3.4028236e38\n" for k in range(9)),
        b"a" + b" 16777217.0000000000001" * 12 + b"\nb" + b" -1e-45" * 12 + b"\r\n",
        b"9 4\n" + b"w" * 63 + b" 1 2 3 4\n" + b"v" * 64 + b" 1 2 3 4\n",
    ]
    out += [(f"tricky {k}", data) for k, data in enumerate(tricky)]
    out += [(name, make()) for name, make in FILES.items()]
    for path in sorted((DATA / "formats").glob("*")) if DATA.is_dir() else []:
        data = path.read_bytes()
        out.append((path.name, data if len(data) < 5_000 else data[:3_000]))
    return out


# ---------------------------------------------------------------------------------- damage

PIECES = [b" ", b"\n", b"\t", b"\r", b"\r\n", b"  ", b"\0", b"\xff", b"\xe2\x80\xa8", b"\xc2\xa0", b".", b"-", b"e",
          b"nan", b"inf", b"1e999", b"0", b"9" * 30, b"1.7976931348623157e308", b"0x1", b"_", b"\xef\xbb\xbf", b"1 2\n",
          b"0.000000000000000000000000000000000000000000001", b"16777217", b"16777219.5",
          b"\x1f\x8b", b"PK\x03\x04"]  # fmt: skip
SWAPS = [(b" ", b"\t"), (b"\n", b"\r\n"), (b" ", b"  "), (b"\n", b" \n"), (b".", b","), (b"\n", b"\r")]
NUMBERS = [0, 1, 2, 7, 127, 128, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1, 2**53]


def damage(data: bytes, others: list[tuple[str, bytes]], rng: random.Random) -> bytes:
    """Return the bytes with one to six alterations."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        n = len(out)
        place = rng.randrange(n + 1)
        kind = rng.randrange(13)
        if kind == 0 and n:
            out[place % n] ^= 1 << rng.randrange(8)
        elif kind == 1 and n:
            out[place % n] = rng.randrange(256)
        elif kind == 2:
            del out[place : place + rng.choice((1, 1, 2, 4, 16, 100))]
        elif kind == 3:
            out[place:place] = rng.choice(PIECES)
        elif kind == 4:
            out[place : place + rng.randrange(4)] = rng.choice(PIECES)
        elif kind == 5:
            del out[place:]
        elif kind == 6:
            size = rng.choice((1, 4, 8, 30, 200))
            out[place:place] = out[rng.randrange(n + 1) :][:size]
        elif kind == 7:
            other = rng.choice(others)[1]
            start = rng.randrange(len(other) + 1)
            out[place:place] = other[start : start + rng.choice((4, 20, 100, 1000))]
        elif kind == 8:  # a field of a header, or a count
            width = rng.choice((4, 8))
            value = (rng.choice(NUMBERS) + rng.choice((0, 0, -1, 1))) % (1 << 8 * width)
            out[place : place + width] = value.to_bytes(width, "little")
        elif kind == 9:  # one number of a text
            digits = [k for k in range(n) if 48 <= out[k] <= 57][:400]
            if digits:
                at = rng.choice(digits)
                out[at : at + 1] = str(rng.choice(NUMBERS)).encode()
        elif kind == 10:
            lines = bytes(out).split(b"\n")
            rng.shuffle(lines)
            out = bytearray(b"\n".join(lines))
        elif kind == 11:
            lines = bytes(out).split(b"\n")
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
            out = bytearray(b"\n".join(lines))
        else:
            old, new = rng.choice(SWAPS)
            out = bytearray(bytes(out).replace(old, new, rng.choice((1, 3, -1))))
        if len(out) > LARGEST // 2:
            del out[LARGEST // 2 :]
    return bytes(out)


# ---------------------------------------------------------------------------------- judging


def check_text(data: bytes, wv: Any, report: LoadReport) -> None:
    """Compare a table with what the slow reader finds in text."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    line, before = 1, []
    if report.declared_rows is not None:
        while not data[start : (data + b"\n").index(b"\n", start)].strip(b" \t\r"):
            before.append(("blank line", line))
            start, line = data.index(b"\n", start) + 1, line + 1
        start, line = data.index(b"\n", start) + 1, line + 1
    rows = slow_text(data, wv.dim, start=start, first_line=line)
    rows.problems += before
    same_rows(wv, rows.words, rows.vectors)
    for kind, n in rows.counts().items():
        assert report.counts.get(kind) == n, (kind, n, report.counts)
    for problem in report.problems:
        if problem.kind in rows.counts():
            assert (problem.kind, problem.line) in rows.problems, problem


def check_binary(data: bytes, wv: Any, report: LoadReport) -> None:
    """Compare a table with what the slow reader finds in word2vec binary."""
    start = data.index(b"\n") + 1
    most = report.declared_rows if "header count" not in report.counts else 1 << 30
    rows, _ = slow_binary(data, wv.dim, int(most or 0), start=start)
    same_rows(wv, rows.words, rows.vectors)


def check_firth(data: bytes, wv: Any) -> None:
    """Compare a table with the tensors that its header points at."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    a, b = header["vectors"]["data_offsets"]
    assert wv.vectors.tobytes() == data[8 + size + a : 8 + size + b]
    a, b = header["words.bytes"]["data_offsets"]
    words = [word.encode("utf-8", "surrogateescape") for word in wv.vocabulary.words()]
    assert b"".join(words) == data[8 + size + a : 8 + size + b]
    for word in wv.vocabulary.words():
        row = wv.vocabulary.get(word)
        assert row is None or wv.vocabulary[row] == word


def same_rows(wv: Any, words: list[bytes], vectors: list[np.ndarray]) -> None:
    """Assert that words and bits are the same, and that every word finds its row."""
    assert [word.encode("utf-8", "surrogateescape") for word in wv.vocabulary.words()] == words
    expected = np.array(vectors, np.float32).reshape(len(words), wv.dim)
    assert wv.vectors.shape == expected.shape
    nan = np.isnan(expected) & np.isnan(wv.vectors)
    assert ((wv.vectors.view(np.int32) == expected.view(np.int32)) | nan).all()
    assert [wv.vocabulary.get(word) for word in wv.vocabulary.words()] == list(range(len(words)))


@dataclass
class Bench:
    """What a worker keeps between cases."""

    folder: Path
    seeds: list[tuple[str, bytes]]
    walled: Walled = field(default_factory=Walled)

    def case(self, seed: int, number: int) -> tuple[str, bytes, random.Random]:
        """Return the name, the bytes and the dice of a case."""
        rng = random.Random(seed * 1_000_003 + number)
        name, data = rng.choice(self.seeds)
        return name, damage(data, self.seeds, rng), rng

    def run(self, seed: int, number: int) -> str:
        """Run one case; return how it ended: the format of a table, or the name of an error."""
        name, data, rng = self.case(seed, number)
        chance = rng.random()
        if chance < 0.03 or ".npy" in name:
            return self.from_file(data, rng)
        try:
            source = unpack(NAME, None, self.walled.put(data, at_end=rng.random() < 0.5), None)
            if source.packing:  # the unpacked bytes go between the walls too
                content = source.data.tobytes()
                if len(content) <= LARGEST:
                    source = Source(NAME, None, self.walled.put(content, at_end=rng.random() < 0.5), source.packing)
            wv = read_source(source, ReadOptions())
        except FirthError as error:
            return clear(error)
        return self.judge(source, wv, _detect(source).NAME, rng)

    def judge(self, source: Source, wv: Any, kind: str, rng: random.Random) -> str:
        """Check a table that came out of a case."""
        data, report = source.data.tobytes(), wv.report
        if kind in ("glove", "word2vec"):
            check_text(data, wv, report)
        elif kind == "word2vec-bin":
            check_binary(data, wv, report)
        elif kind == "firth":
            check_firth(data, wv)
            self.compare(source, data)
        assert wv.vectors.shape == (len(wv.vocabulary.words()), wv.dim)
        assert report is None or (json.dumps(report.to_json()) and str(report))
        if rng.random() < 0.05:
            self.parts(source, wv, kind, rng)
        return kind

    def compare(self, source: Source, data: bytes) -> None:
        """Assert that checksums hold only where no byte was altered."""
        try:
            checked = check_source(source)
        except FirthError as error:
            clear(error)
            return
        assert not checked or any(data == sound for _, sound in self.seeds), "checksums hold in an altered file"

    def parts(self, source: Source, wv: Any, kind: str, rng: random.Random) -> None:
        """Load a part of the same bytes, and ask the table something."""
        words = wv.vocabulary.words()
        some = [*rng.sample(words, min(len(words), 3)), "not there"]
        for options in (
            ReadOptions(top=rng.randrange(1, 9)),
            ReadOptions(words=frozenset(some)),
            ReadOptions(strict=True),
        ):
            try:
                part = read_source(source, options)
            except FirthError as error:
                clear(error)
                continue
            if options.top is not None and wv.report is not None:
                assert part.vocabulary.words() == words[: options.top]
            if len(set(words)) < len(words):  # a damaged .firth file, in which one word names two rows
                continue
            for word in part.vocabulary.words():
                if (row := wv.vocabulary.get(word)) is not None and (mine := part.vocabulary.get(word)) is not None:
                    assert part.vectors[mine].tobytes() == wv.vectors[row].tobytes()
        try:
            if words:
                wv.most_similar(words[0], topn=3)
        except FirthError as error:
            clear(error, named=False)

    def from_file(self, data: bytes, rng: random.Random) -> str:
        """Run a case through a file and :func:`firth.load`."""
        path = self.folder / "case.npy"
        path.write_bytes(data)
        try:
            wv = load(path)
        except FirthError as error:
            return clear(error)
        assert wv.vectors.shape == (len(wv.vocabulary.words()), wv.dim)
        return "file"


def clear(error: FirthError, *, named: bool = True) -> str:
    """Assert that an error is one line that names the file; return its class."""
    text = str(error)
    assert "\n" not in text, f"an error of several lines: {text!r}"
    assert len(text) < 2_000, f"an error of {len(text)} characters"
    assert not named or "case." in text, f"an error that names no file: {text!r}"
    return type(error).__name__


# ---------------------------------------------------------------------------------- workers


def work(seed: int, first: int, last: int, step: int) -> None:
    """Run cases ``first, first + step ...``; print a line for each that went wrong, and signs of life."""
    # a short table of its own beside which damaged .npy files are laid
    with tempfile.TemporaryDirectory(prefix="firth-fuzz-") as name:
        folder = Path(name)
        bench = Bench(folder, seeds(folder))
        (folder / "case.vocab.txt").write_bytes((folder / "seed.vocab.txt").read_bytes())
        for _, data in bench.seeds:  # compiles what has to be compiled, which may take longer than a hang
            with contextlib.suppress(FirthError):
                read_source(unpack(NAME, None, np.frombuffer(data, np.uint8), None), ReadOptions())
        ends: Counter[str] = Counter()
        said = 0.0
        for number in range(first, last, step):
            now = time.monotonic()
            if now - said > 0.2:
                print(json.dumps({"at": number, "ends": ends}), flush=True)
                said, ends = now, Counter()
            os.pwrite(PLACE, number.to_bytes(8, "little"), 0)
            try:
                ends[bench.run(seed, number)] += 1
            except Exception:
                print(json.dumps({"wrong": number, "why": traceback.format_exc(limit=-4)}), flush=True)
        print(json.dumps({"at": last, "ends": ends, "done": True}), flush=True)


PLACE = -1


class Keeper:
    """Starts a worker, hears it, and starts it again behind a case that ended or froze it."""

    def __init__(self, seed: int, first: int, last: int, step: int, folder: Path) -> None:
        self.seed, self.next, self.last, self.step = seed, first, last, step
        self.place = folder / f"place-{first}"
        self.ends: Counter[str] = Counter()
        self.wrong: list[tuple[int, str]] = []
        self.done = first >= last
        self.process: subprocess.Popen[str] | None = None
        if not self.done:
            self.start()

    def start(self) -> None:
        """Start a process for the cases that are left."""
        self.place.write_bytes(self.next.to_bytes(8, "little"))
        numbers = [str(value) for value in (self.seed, self.next, self.last, self.step)]
        command = [sys.executable, "-X", "faulthandler", __file__, "--work", *numbers, str(self.place)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.heard = time.monotonic() + STARTING

    def hear(self) -> None:
        """Take in one line of the worker."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.heard = time.monotonic()
        if not line:
            self.fallen("ended")
            return
        message = json.loads(line)
        self.ends.update(message.get("ends", {}))
        if "wrong" in message:
            self.wrong.append((message["wrong"], message["why"]))
        if message.get("done"):
            self.done = True
            self.process.wait()

    def fallen(self, how: str) -> None:
        """Note the case that ended or froze the worker, and go on behind it."""
        assert self.process is not None
        self.process.kill()
        _, errors = self.process.communicate()
        at = int.from_bytes(self.place.read_bytes(), "little")
        self.wrong.append((at, f"the process {how} (exit {self.process.returncode})\n{errors[-1500:]}"))
        self.next = at + self.step
        self.done = self.next >= self.last
        if not self.done:
            self.start()


def main() -> int:
    """Fuzz; return 1 where a case went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=1_000_000, help="how many files")
    parser.add_argument("--seed", type=int, default=1, help="the dice")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="write the bytes of one case to standard output")
    parser.add_argument("--work", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        global PLACE
        *numbers, place = options.work
        PLACE = os.open(place, os.O_WRONLY)
        work(*map(int, numbers))
        return 0
    if options.show is not None:
        with tempfile.TemporaryDirectory() as name:
            kind, data, _ = Bench(Path(name), seeds(Path(name))).case(options.seed, options.show)
            print(f"from {kind}", file=sys.stderr)
            sys.stdout.buffer.write(data)
        return 0
    began = time.monotonic()
    last = options.first + options.n
    shown = 0.0
    with tempfile.TemporaryDirectory(prefix="firth-fuzz-") as name:
        firsts = range(options.first, min(options.first + options.workers, last))
        keepers = [Keeper(options.seed, first, last, len(firsts), Path(name)) for first in firsts]
        while not all(keeper.done for keeper in keepers):
            with selectors.DefaultSelector() as selector:
                for keeper in keepers:
                    if not keeper.done and keeper.process is not None and keeper.process.stdout is not None:
                        selector.register(keeper.process.stdout, selectors.EVENT_READ, keeper)
                for key, _ in selector.select(timeout=1):
                    key.data.hear()
            for keeper in keepers:
                if not keeper.done and time.monotonic() - keeper.heard > HANG:
                    keeper.fallen(f"hung for {HANG:.0f} s")
            if sys.stderr.isatty() and time.monotonic() - shown > 1:
                shown = time.monotonic()
                n = sum(sum(keeper.ends.values()) for keeper in keepers)
                print(f"\r{n:,} files, {n / (shown - began):,.0f} a second ", end="", file=sys.stderr, flush=True)
    ends: Counter[str] = sum((keeper.ends for keeper in keepers), Counter())
    wrong = sorted(entry for keeper in keepers for entry in keeper.wrong)
    seconds = time.monotonic() - began
    loaded = sum(n for kind, n in ends.items() if kind in FORMATS or kind == "file")
    print(f"{sum(ends.values()) + len(wrong):,} files in {seconds:,.0f} s: {loaded:,} loaded and checked, "
          f"{sum(ends.values()) - loaded:,} refused with one clear error, {len(wrong):,} went wrong")  # fmt: skip
    print("  " + ", ".join(f"{kind} {n:,}" for kind, n in ends.most_common()))
    for number, why in wrong[:20]:
        print(f"\ncase {number} (repeat: --seed {options.seed} --first {number} --n 1):\n{why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
