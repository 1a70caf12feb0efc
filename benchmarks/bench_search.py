"""Search: one exact query and 256 at once beside gensim and torch; ``firth near`` as a whole command beside numpy.

The tables are made: 400,000 x 100 and 1,000,000 x 300 float32, clusters with noise, kept in the benchmark cache. Every
rival sits in a process of its own with the table in memory; they answer the same words in turn. firth answers once from
the float32 rows alone (plain) and once from the file as it is saved, with its int8 rows (quantised). The answers are
compared: the same words, except where float32 cannot tell two similarities apart (1e-6).

    python benchmarks/bench_search.py            all rows
    python benchmarks/bench_search.py small      without 1,000,000 x 300
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from common import CACHE, PEERS, Row, Worker, alternate, emit, whole_process
from firth import WordVectors

SHAPES = {"400,000 x 100": (400_000, 100, 7), "1,000,000 x 300": (1_000_000, 300, 5)}
QUERIES, ROUNDS, BATCH, TOPN = 25, 7, 256, 10


def made_table(n: int, dim: int) -> Path:
    """Return the folder of a made table: ``vectors.npy``, ``table.firth`` with int8 rows."""
    folder = CACHE / f"search-{n}x{dim}"
    if not (folder / "table.firth").exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(1)
        centres = rng.standard_normal((n // 200, dim), np.float32)
        # clusters of uneven sizes, rarer words noisier, longer vectors for frequent words
        cluster = (rng.random(n) ** 2 * len(centres)).astype(np.int64)
        vectors = rng.standard_normal((n, dim), np.float32)
        vectors *= np.linspace(0.5, 1.0, n, dtype=np.float32)[:, None]
        vectors += centres[cluster]
        vectors *= np.linspace(4.0, 1.0, n, dtype=np.float32)[:, None]
        np.save(folder / "vectors.npy", vectors)
        WordVectors.from_words([f"w{i}" for i in range(n)], vectors).save(folder / "table.firth")
    return folder


def asked(n: int, count: int) -> list[str]:
    """Return words to ask for, spread over the table."""
    return [f"w{i}" for i in np.random.default_rng(2).choice(n, count, replace=False)]


FIRTH = """
import time, numpy as np, firth
import firth.kernels.int8scan
whole = firth.load({folder!r} + "/table.firth")
wv = whole if {quantised} else firth.WordVectors(whole.vocabulary, whole.vectors, norms=whole.norms)
result = len(wv.most_similar_batch({warm!r}))
"""

GENSIM = """
import time, numpy as np
from gensim.models import KeyedVectors
vectors = np.load({folder!r} + "/vectors.npy")
wv = KeyedVectors(vectors.shape[1])
wv.vectors, wv.index_to_key = vectors, [f"w{{i}}" for i in range(len(vectors))]
wv.key_to_index = {{word: row for row, word in enumerate(wv.index_to_key)}}
wv.fill_norms()
result = len([wv.most_similar(word) for word in {warm!r}[:3]])
"""

TORCH = """
import time, numpy as np, torch
vectors = torch.from_numpy(np.load({folder!r} + "/vectors.npy"))
vectors /= vectors.norm(dim=1, keepdim=True)
result = torch.get_num_threads()
"""

ASK = """
times, found = [], []
for word in {words!r}:
    start = time.perf_counter()
    found.append(wv.most_similar(word, topn={topn}))
    times.append(time.perf_counter() - start)
result = [times, found]
"""

ASK_FIRTH_TOGETHER = """
start = time.perf_counter()
found = wv.most_similar_batch({words!r}, topn={topn})
result = [time.perf_counter() - start, found]
"""

ASK_TORCH_TOGETHER = """
rows = torch.tensor({rows!r})
start = time.perf_counter()
scores = vectors[rows] @ vectors.T
scores[torch.arange(len(rows)), rows] = -2
top = scores.topk({topn}, dim=1)
seconds = time.perf_counter() - start
result = [seconds, [[[f"w{{i}}", s] for i, s in zip(*pair)] for pair in zip(top.indices.tolist(), top.values.tolist())]]
"""


def agree(ours: list[Any], theirs: list[Any]) -> str:
    """Compare answers; return a sentence for the note. Raises where they differ by more than a rounding."""
    same = 0
    for left, right in zip(ours, theirs, strict=True):
        for (word, score), (other, expected) in zip(left, right, strict=True):
            assert abs(score - expected) < 2e-6, (word, score, other, expected)
            same += word == other
    total = sum(map(len, ours))
    return f"{same} of {total} answers the same word in the same place, the others within 2e-6"


def one_query(shape: str, n: int, folder: Path, rounds: int) -> None:
    """Print the rows of a single query, plain and quantised, beside gensim."""
    words = asked(n, QUERIES)
    gensim = Worker(PEERS, GENSIM.format(folder=str(folder), warm=words))
    ask = ASK.format(words=words, topn=TOPN)
    for quantised, bar in ((False, 1.0), (True, 3.0)):
        firth = Worker(setup=FIRTH.format(folder=str(folder), quantised=quantised, warm=words))
        note = agree(firth.run(ask)[1], gensim.run(ask)[1])
        ours, theirs = alternate(
            lambda worker=firth: statistics.median(worker.run(ask)[0]),  # type: ignore[misc]
            lambda: statistics.median(gensim.run(ask)[0]),
            rounds,
        )
        way = "int8 rows, certified" if quantised else "float32 rows"
        emit(Row(f"one exact top-{TOPN} query, {shape}, {way}", "gensim", ours, theirs, bar=bar, note=note))
        firth.close()
    gensim.close()


def many_queries(shape: str, n: int, folder: Path, rounds: int) -> None:
    """Print the row of a batch beside torch's product and topk."""
    words = asked(n, BATCH)
    firth = Worker(setup=FIRTH.format(folder=str(folder), quantised=True, warm=words))
    torch = Worker(PEERS, TORCH.format(folder=str(folder)))
    ask = ASK_FIRTH_TOGETHER.format(words=words, topn=TOPN)
    ask_torch = ASK_TORCH_TOGETHER.format(rows=[int(word[1:]) for word in words], topn=TOPN)
    note = agree(firth.run(ask)[1], torch.run(ask_torch)[1])
    ours, theirs = alternate(lambda: firth.run(ask)[0], lambda: torch.run(ask_torch)[0], rounds)
    emit(Row(f"{BATCH} queries in one call, {shape}", "torch GEMM + topk", ours, theirs, bar=1.5, note=note))
    firth.close()
    torch.close()


def command(folder: Path) -> None:
    """Print the row of the whole command beside an import of numpy."""
    script = Path(sys.executable).with_name("firth")
    near = whole_process([str(script), "near", str(folder / "table.firth"), "w77"])
    ours, theirs = alternate(near, whole_process([sys.executable, "-c", "import numpy"]), rounds=15, warmup=3)
    note = "whole processes, start to end; the bar is 2 x the time of numpy's import, so a ratio of 0.5"
    emit(Row("firth near FILE.firth WORD, 400,000 x 100", "import numpy", ours, theirs, bar=0.5, note=note))


def main() -> None:
    """Print all rows."""
    for shape, (n, dim, rounds) in SHAPES.items():
        if n > 400_000 and "small" in sys.argv[1:]:
            continue
        folder = made_table(n, dim)
        if n == 400_000:
            command(folder)
            many_queries(shape, n, folder, rounds)
        one_query(shape, n, folder, rounds)


if __name__ == "__main__":
    main()
