"""All 19,544 Google analogies over 300,000 words: firth beside gensim, the same call on both sides, the same answers.

The table is made: 300,000 random words of dimension 100, the words of the questions among the first 20,000, with a
noisy offset for every section. gensim takes minutes, so it answers every 40th question and its time is scaled to all;
firth answers all, and the sample again to compare the answers.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from common import DATA, PEERS, Row, Worker, emit
from firth import WordVectors
from firth.evaluation import Analogies, read_benchmark

N_WORDS, DIM, EVERY = 300_000, 100, 40


def made_table(questions: Analogies) -> WordVectors:
    """Return a table in which the pairs of a section share an offset, with noise."""
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((N_WORDS, DIM), np.float32)
    rows: dict[str, int] = {}
    free = iter(rng.permutation(20_000).tolist())
    for section in questions.sections:
        offset = rng.standard_normal(DIM).astype(np.float32)
        for a, b, c, d in section.written:
            for left, right in ((a, b), (c, d)):
                for word in (left, right):
                    rows.setdefault(word, -1)
                if rows[right] < 0:
                    rows[left] = next(free) if rows[left] < 0 else rows[left]
                    rows[right] = next(free)
                    vectors[rows[right]] = vectors[rows[left]] + offset + 1.5 * vectors[rows[right]]
    words = [f"made{i}" for i in range(N_WORDS)]
    for word, row in rows.items():
        words[row] = word
    return WordVectors.from_words(words, vectors)


def sample(questions: Analogies, path: Path) -> int:
    """Write every 40th question; return how many."""
    lines, n, count = [], 0, 0
    for section in questions.sections:
        lines.append(f": {section.name}")
        for quad in section.written:
            if n % EVERY == 0:
                lines.append(" ".join(quad))
                count += 1
            n += 1
    path.write_text("\n".join(lines))
    return count


SETUP = """
import json, time, numpy as np
from gensim.models import KeyedVectors
words = json.load(open({folder!r} + "/words.json"))
wv = KeyedVectors({dim})
wv.add_vectors(words, np.load({folder!r} + "/vectors.npy"))
wv.fill_norms()
result = None
"""

ASK = """
start = time.perf_counter()
score, sections = wv.evaluate_word_analogies({path!r}, restrict_vocab={n}, case_insensitive=False)
result = [time.perf_counter() - start, score, sections]
"""


def main() -> None:
    """Measure, compare the answers, print the row."""
    source = DATA / "eval" / "analogy" / "questions-words.txt"
    questions = read_benchmark(source)
    assert isinstance(questions, Analogies)
    wv = made_table(questions)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "sample.txt"
        n_part = sample(questions, part)
        np.save(Path(folder) / "vectors.npy", wv.vectors)
        (Path(folder) / "words.json").write_text(json.dumps(wv.vocabulary.words()))
        gensim = Worker(PEERS, SETUP.format(folder=folder, dim=DIM))
        ours, theirs = [], []
        same_score, same_sections = wv.evaluate_word_analogies(part, case_insensitive=False)
        for _ in range(3):
            start = time.perf_counter()
            wv.evaluate_word_analogies(source, case_insensitive=False)
            ours.append(time.perf_counter() - start)
            seconds, score, sections = gensim.run(ASK.format(path=str(part), n=N_WORDS))
            theirs.append(seconds * len(questions) / n_part)
        gensim.close()
    assert same_score == score, (same_score, score)
    assert json.loads(json.dumps(same_sections)) == sections, "the answers differ"
    emit(
        Row(
            f"{len(questions):,} Google analogies over {N_WORDS:,} x {DIM}",
            "gensim",
            float(np.median(ours)),
            float(np.median(theirs)),
            bar=50,
            note=f"evaluate_word_analogies on both sides, made vectors; gensim answers every {EVERY}th question "
            f"({n_part}), its time scaled; same answers to all of those, {score:.3f} right",
        )
    )


if __name__ == "__main__":
    main()
