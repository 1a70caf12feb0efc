"""Readers of WiC, SCWS and USim, thresholds, and same-sense probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth.context import Encoder
from firth.context.calibration import calibrate, fit
from firth.context.judgements import Judged, best_threshold, read_scws, read_usim, read_wic, score_layers
from firth.errors import BenchmarkError, OptionError


def test_wic(data: Path) -> None:
    train, dev = (read_wic(data / "eval" / "context" / "WiC", part) for part in ("train", "dev"))
    assert (len(train.gold), len(dev.gold)) == (5428, 638)
    assert dev.texts[0][slice(*dev.spans[0])] == "board" and dev.texts[1][slice(*dev.spans[1])] == "boards"
    assert set(dev.gold.tolist()) == {0.0, 1.0} and dev.gold.mean() == 0.5


def test_scws_and_usim(data: Path) -> None:
    scws = read_scws(data / "eval" / "context" / "SCWS" / "ratings-odd.txt")
    assert len(scws.gold) == 1002 and scws.gold[0] == 1.1
    assert [scws.texts[i][slice(*scws.spans[i])] for i in (0, 1)] == ["Brazil", "nut"]
    assert not any("<b>" in text for text in scws.texts)
    usim = read_usim(data / "eval" / "context" / "USim" / "usim_en.txt")
    assert usim.texts[0][slice(*usim.spans[0])] == "bright" and usim.gold[0] == 1.625


@pytest.mark.parametrize("reader", [lambda p: read_wic(p.parent, "x"), read_scws, read_usim])
def test_damaged_files_are_told(tmp_path: Path, reader: object) -> None:
    path = tmp_path / "f.txt"
    with pytest.raises(BenchmarkError, match=r"cannot read|expected"):
        reader(tmp_path / "none" / "f.txt")  # type: ignore[operator]
    for name in ("f.txt", "x.data.txt", "x.gold.txt"):
        (tmp_path / name).write_text("one\ttwo\n")
    with pytest.raises(BenchmarkError, match="line 1"):
        reader(path)  # type: ignore[operator]


def test_the_threshold_is_the_best_of_all(request: pytest.FixtureRequest) -> None:
    rng = np.random.default_rng(3)
    values, same = rng.normal(size=60), (rng.random(60) > 0.5).astype(float)
    cut = best_threshold(values, same)
    right = ((values > cut) == (same > 0.5)).mean()
    tried = [((values > c) == (same > 0.5)).mean() for c in [*values, values.min() - 1, values.max() + 1]]
    assert right >= max(tried)


def test_a_fitted_curve_finds_the_truth() -> None:
    rng = np.random.default_rng(4)
    cosines = rng.uniform(0.4, 1, 40_000)
    same = (rng.random(40_000) < 1 / (1 + np.exp(-(12 * cosines - 9)))).astype(float)
    slope, intercept = fit(cosines, same)
    assert slope == pytest.approx(12, rel=0.05) and intercept == pytest.approx(-9, rel=0.05)


def test_calibration_and_scores_of_a_model(encoder: Encoder, tmp_path: Path) -> None:
    texts = ("a bat", "the bat", "a ball", "the cave", "play a bat", "bat of art")
    spans = ((2, 5), (4, 7), (2, 6), (4, 8), (7, 10), (0, 3))
    judged = Judged("mine", texts, spans, np.array([1.0, 0.0, 1.0]))
    curve = calibrate(encoder, judged)
    assert curve.layer == 3 and curve.n_pairs == 3
    assert curve.matrix(encoder.usages(["a bat", "the bat"], word="bat")).shape == (2, 2)
    with pytest.raises(OptionError, match="graded"):
        calibrate(encoder, Judged("grades", texts, spans, np.array([1.0, 2.5, 3.0])))
    for name, lines in {
        "WiC/train.data.txt": ["bat\tN\t1-1\ta bat\tthe bat", "x\tN\t0-1\tball a\tthe cave"],
        "WiC/train.gold.txt": ["T", "F"],
        "WiC/dev.data.txt": ["bat\tN\t1-1\ta bat\tthe bat"],
        "WiC/dev.gold.txt": ["T"],
        "SCWS/ratings.txt": [
            f"{k}\ta\tn\tb\tn\ta <b> bat </b>\tthe <b> {w} </b>\t{k}" for k, w in enumerate(["ball", "art"])
        ],
        "USim/usim_en.txt": [f"a {w}\t1\t{k // 2}\tid" for k, w in enumerate(["bat", "bat", "ball", "cave"])],
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines))
    scores = score_layers(encoder, tmp_path)
    assert [(s.layer, s.centred) for s in scores][:3] == [(0, False), (0, True), (1, False)]
    assert all(0 <= s.wic_dev <= 1 for s in scores)
