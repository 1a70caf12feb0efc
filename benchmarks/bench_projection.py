"""Principal components of 400,000 x 100 beside scikit-learn: same matrix, same answers checked, imports not counted."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from common import PEERS, Row, Worker, alternate, emit

N, DIM, ROUNDS = 400_000, 100, 7

TIMED = (
    "import time\n"
    "start = time.perf_counter()\n"
    "points, explained = work()\n"
    "seconds = time.perf_counter() - start\n"
    "result = {'seconds': seconds, 'explained': [float(x) for x in explained], 'some': points[:50].tolist()}\n"
)


def matrix() -> np.ndarray:
    """Return rows with the falling spectrum and the small common mean that word vectors have."""
    rng = np.random.default_rng(7)
    turn = np.linalg.qr(rng.standard_normal((DIM, DIM)))[0] * np.arange(1, DIM + 1) ** -0.35
    return (rng.standard_normal((N, DIM)) @ turn.T + 0.2 * rng.standard_normal(DIM)).astype(np.float32)


def main() -> None:
    """Measure, compare the answers, print the row."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.npy"
        np.save(file, matrix())
        load = f"import numpy as np\nrows = np.load({str(file)!r})\n"
        ours = Worker(
            sys.executable,
            load + "from firth.projection import pca\n"
            "def work():\n    r = pca(rows, 2)\n    return r.points, r.explained\n",
        )
        theirs = Worker(
            PEERS,
            load + "from sklearn.decomposition import PCA\n"
            "def work():\n    p = PCA(2)\n    return p.fit_transform(rows), p.explained_variance_ratio_\n",
        )
        a, b = ours.run(TIMED), theirs.run(TIMED)
        signs = np.sign((np.array(a["some"]) * np.array(b["some"])).sum(axis=0))
        apart = float(np.abs(np.array(a["some"]) - signs * np.array(b["some"])).max())
        assert apart < 1e-2 and np.allclose(a["explained"], b["explained"], rtol=1e-4), f"the answers differ by {apart}"
        mine, peer = alternate(
            lambda: float(ours.run(TIMED)["seconds"]), lambda: float(theirs.run(TIMED)["seconds"]), ROUNDS
        )
        ours.close(), theirs.close()
    note = f"two components, points too; coordinates differ by at most {apart:.0e}; scikit-learn's PCA(2) as it comes"
    emit(Row(f"PCA of {N:,} x {DIM}", "scikit-learn", mine, peer, bar=1.0, note=note))


if __name__ == "__main__":
    main()
