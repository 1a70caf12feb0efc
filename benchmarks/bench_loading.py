"""Loading: 400,000 x 100 as GloVe text and as word2vec .bin beside gensim and polars; opening ``.firth`` as a process.

The table is made: a mixture of clusters with decaying spectrum, printed with five significant digits as GloVe prints,
kept in the benchmark cache. Every rival sits in a process of its own, imports done and page cache warm, and reads the
same file in turn; the time is taken inside. Opening is timed from the start of a process to the vector of one word.

    python benchmarks/bench_loading.py           all rows
    python benchmarks/bench_loading.py quick     gensim reads the text once only (half a minute each time)
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import numpy as np

from common import CACHE, PEERS, Row, Worker, alternate, emit, whole_process

N, DIM = 400_000, 100
FOLDER = CACHE / f"loading-{N}x{DIM}"
TEXT, BINARY, OPENED, KEYED = (FOLDER / f"vectors.{ending}" for ending in ("txt", "bin", "firth", "kv"))


def make() -> None:
    """Write the files, unless they are there."""
    if not TEXT.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(7)
        spectrum = np.exp(-np.arange(DIM) / 60)
        centres = rng.normal(size=(2_000, DIM)) * spectrum
        row = "%s" + " %.5g" * DIM + "\n"
        lengths = rng.integers(2, 11, N)
        letters = rng.integers(97, 123, (N, 10), np.uint8)
        part = TEXT.with_suffix(".part")
        with part.open("w") as file:
            for start in range(0, N, 2_000):
                cluster = rng.zipf(1.3, 2_000) % len(centres)
                rows = 0.35 * (centres[cluster] + 0.5 * rng.normal(size=(2_000, DIM)) * spectrum)
                for k, numbers in enumerate(rows.tolist(), start):
                    word = letters[k, : lengths[k]].tobytes().decode() + str(k)
                    file.write(row % (word, *numbers))
        part.replace(TEXT)
    if not OPENED.exists() or not BINARY.exists():
        import firth

        wv = firth.load(TEXT)
        wv.save(BINARY)
        wv.save(OPENED)
    if not KEYED.exists():
        save = f"KeyedVectors.load_word2vec_format({str(BINARY)!r}, binary=True).save({str(KEYED)!r})"
        worker = Worker(PEERS, "from gensim.models import KeyedVectors; result = None")
        worker.run(f"{save}; result = None")
        worker.close()


FIRTH = "import time, firth; firth.load({warm!r}); result = None"
GENSIM = "import time; from gensim.models import KeyedVectors; result = None"
POLARS = "import time, numpy as np, polars; result = polars.thread_pool_size()"

READ_FIRTH = "start = time.perf_counter(); wv = firth.load({file!r}); result = time.perf_counter() - start; n = len(wv)"
READ_GENSIM = (
    "start = time.perf_counter(); wv = KeyedVectors.load_word2vec_format({file!r}, {options}); "
    "result = time.perf_counter() - start"
)
READ_POLARS = """
start = time.perf_counter()
columns = {{"column_1": polars.String}} | {{f"column_{{k}}": polars.Float32 for k in range(2, {dim} + 2)}}
table = polars.read_csv({file!r}, separator=" ", has_header=False, quote_char=None, schema=columns)
words, matrix = table["column_1"], np.ascontiguousarray(table[:, 1:].to_numpy())
result = time.perf_counter() - start
"""

#: Reads a file while a thread looks at the memory that is not mapped from a file; gives the highest above the start.
MEMORY = """
import threading
def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1000
wv, before, seen, over = None, anonymous(), [], threading.Event()
def watch():
    while not over.wait(0.002):
        seen.append(anonymous())
thread = threading.Thread(target=watch)
thread.start()
wv = firth.load({file!r})
over.set()
thread.join()
result = max([*seen, anonymous()]) - before
"""

OPEN_FIRTH = "import firth, sys; print(firth.load(sys.argv[1])[sys.argv[2]][0])"
OPEN_GENSIM = (
    "from gensim.models import KeyedVectors; import sys; "
    "print(KeyedVectors.load(sys.argv[1], mmap='r')[sys.argv[2]][0])"
)


def main() -> None:
    """Print the rows."""
    rounds = 1 if "quick" in sys.argv[1:] else 3
    make()
    warm = [str(FOLDER / f"small.{ending}") for ending in ("txt", "bin")]
    with TEXT.open("rb") as file:
        Path(warm[0]).write_bytes(b"".join(file.readline() for _ in range(100)))
    import firth

    firth.load(warm[0]).save(warm[1])
    ours = Worker(setup=FIRTH.format(warm=warm[0]))
    ours.run(f"firth.load({warm[1]!r}); result = None")
    gensim, polars = Worker(PEERS, GENSIM), Worker(PEERS, POLARS)
    threads = ours.run("import os; result = len(os.sched_getaffinity(0))")
    size = TEXT.stat().st_size / 1e6
    note = f"{N:,} x {DIM}, {size:.0f} MB of text, {threads} threads, page cache warm, imports excluded"

    def firth_reads(path: Path) -> float:
        return float(ours.run(READ_FIRTH.format(file=str(path))))

    def gensim_reads(path: Path, options: str) -> float:
        return float(gensim.run(READ_GENSIM.format(file=str(path), options=options)))

    def polars_reads() -> float:
        return float(polars.run(READ_POLARS.format(file=str(TEXT), dim=DIM)))

    mine, theirs = alternate(lambda: firth_reads(TEXT), polars_reads, rounds=9, warmup=2)
    emit(Row("load GloVe text", "polars read_csv", mine, theirs, bar=2.5, note=note))
    pairs = [(firth_reads(TEXT), gensim_reads(TEXT, "no_header=True")) for _ in range(rounds)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    emit(Row("load GloVe text", "gensim", mine, theirs, bar=60, note=f"{note}; gensim {rounds} times"))
    mine, theirs = alternate(lambda: firth_reads(BINARY), lambda: gensim_reads(BINARY, "binary=True"), rounds=7)
    emit(Row("load word2vec .bin", "gensim", mine, theirs, bar=8, note=note))

    ours.run("wv = None; result = None")
    table = N * DIM * 4 / 1e6
    peak = float(ours.run(MEMORY.format(file=str(TEXT))))
    note = "highest memory beside the mapped file while text is loaded, against one and a half times the table"
    emit(Row("load GloVe text: memory", "1.5 x the table", peak, 1.5 * table, unit="MB", bar=1, note=note))
    for worker in (ours, gensim, polars):
        worker.close()

    word = firth.load(OPENED).vocabulary[1234]
    open_firth = whole_process([sys.executable, "-c", OPEN_FIRTH, str(OPENED), word])
    import_numpy = whole_process([sys.executable, "-c", "import numpy"])
    open_gensim = whole_process([PEERS, "-c", OPEN_GENSIM, str(KEYED), word])
    note = "process start to the vector of one word; the bar is 1.3 times the time of `import numpy`"
    mine, theirs = alternate(open_firth, import_numpy, rounds=21, warmup=3)
    emit(Row("open .firth, whole process", "python -c 'import numpy'", mine, theirs, bar=1 / 1.3, note=note))
    note = "process start to the vector of one word"
    mine, theirs = alternate(open_firth, open_gensim, rounds=7, warmup=2)
    emit(Row("open .firth, whole process", "gensim .kv, mmap", mine, theirs, bar=6.5, note=note))


if __name__ == "__main__":
    main()
