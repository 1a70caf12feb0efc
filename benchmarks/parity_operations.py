"""Text distances and alignment beside gensim, scipy and scikit-learn: largest differences on real vectors.

    python benchmarks/parity_operations.py        (`make bench` installs the peers in .venv-peers)

Runs itself again in the peers' own environment, where firth's source is on the path. Exits 1 where a difference is
larger than its bound.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import numpy as np

from common import DATA, PEERS, ROOT

TEXTS = 60


def main() -> int:
    """Compare and print."""
    warnings.simplefilter("ignore")
    import ot  # noqa: F401  gensim's own solver
    from gensim.corpora import Dictionary
    from gensim.models import KeyedVectors
    from gensim.similarities import SparseTermSimilarityMatrix, WordEmbeddingSimilarityIndex
    from scipy.linalg import orthogonal_procrustes
    from sklearn.decomposition import PCA, TruncatedSVD

    from firth import WordVectors, operations

    words, rows = [], []
    import gzip

    with gzip.open(DATA / "vectors" / "glove.6B.50d-4k.txt.gz", "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            word, *numbers = line.split()
            words.append(word)
            rows.append([float(number) for number in numbers])
    wv = WordVectors.from_words(words, rows)
    peer = KeyedVectors(wv.dim)
    peer.add_vectors(words, np.asarray(wv.vectors))
    rng = np.random.default_rng(1)
    texts = [rng.choice(words[:1500], rng.integers(1, 30)).tolist() for _ in range(TEXTS)]
    pairs = list(zip(texts[::2], texts[1::2], strict=True))

    def largest(values: list[float]) -> float:
        return float(np.max(np.abs(values)))

    found = {
        "word mover's distance, gensim wmdistance": (
            largest([operations.word_movers_distance(wv, a, b) - peer.wmdistance(a, b) for a, b in pairs]), 1e-6,
        ),
        "same, vectors at their own length": (
            largest([
                operations.word_movers_distance(wv, a, b, unit=False) - peer.wmdistance(a, b, norm=False)
                for a, b in pairs
            ]), 1e-5,
        ),
    }  # fmt: skip
    short = [(a[:6], b[:6]) for a, b in pairs[:6]]
    differences = []
    for a, b in short:  # gensim's index asks for all neighbours of every word, so few words each
        dictionary = Dictionary([a, b])
        some = KeyedVectors(wv.dim)
        some.add_vectors(list(dictionary.token2id), np.asarray(peer[list(dictionary.token2id)]))
        index = WordEmbeddingSimilarityIndex(some, threshold=0.0, exponent=2.0)
        matrix = SparseTermSimilarityMatrix(index, dictionary, nonzero_limit=1000)
        theirs = matrix.inner_product(dictionary.doc2bow(a), dictionary.doc2bow(b), normalized=(True, True))
        differences.append(operations.soft_cosine(wv, a, b) - float(theirs))
    found["soft cosine, gensim SparseTermSimilarityMatrix"] = largest(differences), 1e-5

    other = WordVectors.from_words(words, rng.normal(size=(len(words), wv.dim)))
    theirs, _ = orthogonal_procrustes(*(np.asarray(t.vectors, np.float64) for t in (wv, other)))
    ours = operations.fit_alignment(wv, other, unit=False).matrix
    found["Procrustes matrix, scipy"] = largest((ours - theirs).ravel().tolist()), 1e-9
    theirs = PCA(10, svd_solver="full").fit_transform(np.asarray(wv.vectors, np.float64))
    reduced = np.asarray(operations.reduce(wv, 10).vectors)
    found["PCA to 10, scikit-learn (signs aside)"] = largest((np.abs(theirs) - np.abs(reduced)).ravel().tolist()), 1e-4
    means = operations.mean_vectors(wv, texts, weights=operations.sif_weights(wv)).astype(np.float64)
    svd = TruncatedSVD(1, algorithm="arpack").fit(means)
    theirs = means - means @ svd.components_.T @ svd.components_
    ours = operations.SIF(wv).fit_transform(texts)
    found["SIF texts, scikit-learn TruncatedSVD"] = largest((ours - theirs).ravel().tolist()), 1e-5

    failed = 0
    for what, (difference, bound) in found.items():
        failed += difference > bound
        verdict = "ok" if difference <= bound else "TOO FAR"
        print(f"{what:<52} largest difference {difference:.1e}  bound {bound:.0e}  {verdict}")
    return int(failed > 0)


if __name__ == "__main__":
    if os.environ.get("FIRTH_PARITY") != "1":
        environment = {**os.environ, "FIRTH_PARITY": "1", "PYTHONPATH": str(ROOT / "src")}
        sys.exit(subprocess.run([PEERS, __file__], env=environment, check=False).returncode)
    sys.exit(main())
