"""The memory forecast against what a process really takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from firth.errors import ResourceError
from firth.training.memory import MemoryForecast, available_bytes, peak_bytes, resident_bytes

PROGRAM = """
import json, sys
from firth.training import train
from firth.training.memory import peak_bytes
wv = train(sys.argv[1], dim=int(sys.argv[2]), epochs=1, min_count=1, threads=2, seed=1, progress=False)
print(json.dumps([wv.recipe["memory"]["peak"], peak_bytes()]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is measured as Linux tells it")
@pytest.mark.parametrize(("n_words", "n_tokens", "dim"), [(60_000, 1_000_000, 300), (2_000, 6_000_000, 50)])
def test_forecast_is_true_within_15_percent(tmp_path: Path, n_words: int, n_tokens: int, dim: int) -> None:
    random = np.random.default_rng(1)
    ids = np.concatenate([np.arange(n_words), (random.random(n_tokens) ** 3 * n_words).astype(int)])
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(f"w{i}" for i in line) for line in np.array_split(ids, len(ids) // 20)))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(corpus), str(dim)], capture_output=True, text=True, check=True
    )
    forecast, peak = json.loads(done.stdout)
    assert forecast == pytest.approx(peak, rel=0.15)


def test_work_that_does_not_fit_is_refused_with_the_numbers() -> None:
    plan = MemoryForecast(matrices=8 << 30, corpus=1 << 20, tables=1 << 20, process=1 << 20, available=4 << 30)
    with pytest.raises(ResourceError, match=r"8,193 MB more and 4,096 MB are free.*raise min_count, lower dim"):
        plan.check()
    assert isinstance(ResourceError("x"), MemoryError)


def test_the_system_tells_what_it_holds() -> None:
    assert 0 < resident_bytes() <= peak_bytes() * 1.01
    assert available_bytes() is None or available_bytes() > 0  # type: ignore[operator]
