"""From a cosine to the probability that two usages have one sense, as people on WiC would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.context.judgements import Judged
from firth.errors import OptionError
from firth.progress import Progress

if TYPE_CHECKING:
    from firth.context.encoder import Encoder
    from firth.context.usages import Usages


@dataclass(frozen=True)
class Calibration:
    """A logistic curve over raw cosines (Platt 1999), for one model and one reading of it.

    Its answers are only as good as the model: MiniLM's hardly leave the middle, and that is the truth about it.

    Attributes:
        slope, intercept: ``probability = 1 / (1 + exp(-(slope * cosine + intercept)))``.
        layer: the layer whose cosines it takes.
        model: the model.
        n_pairs: how many judged pairs it was fitted on.

    >>> curve = Calibration(10.0, -7.0, 4, "some-model", 5428)
    >>> curve.probability([0.5, 0.7, 0.9]).round(2).tolist()
    [0.12, 0.5, 0.88]
    """

    slope: float
    intercept: float
    layer: int
    model: str
    n_pairs: int

    def probability(self, cosine: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of one sense for raw cosines of any shape."""
        out: NDArray[np.float64] = 1 / (1 + np.exp(-(self.slope * np.asarray(cosine, np.float64) + self.intercept)))
        return out

    def matrix(self, usages: Usages) -> NDArray[np.float64]:
        """Return the probability of one sense for every two usages, of shape ``(n_usages, n_usages)``."""
        return self.probability(usages.similarity())


def calibrate(encoder: Encoder, judged: Judged, layer: int = -1, *, progress: Progress | None = None) -> Calibration:
    """Fit a curve for one layer of a model on pairs judged same or different, such as WiC's train part.

    Raises:
        OptionError: the judgements are not yes or no.
    """
    if not set(np.unique(judged.gold).tolist()) <= {0.0, 1.0}:
        raise OptionError(f"{judged.name} has graded judgements; expected same (1) or different (0), such as WiC's")
    usages = encoder.usages(judged.texts, spans=judged.spans, layers=layer, progress=progress)
    unit = np.nan_to_num(usages.unit()).astype(np.float64)
    slope, intercept = fit(np.einsum("ij,ij->i", unit[::2], unit[1::2]), judged.gold)
    real = layer if layer >= 0 else encoder.n_layers + 1 + layer
    return Calibration(slope, intercept, real, encoder.name, len(judged.gold))


def fit(cosines: NDArray[np.float64], same: NDArray[np.float64]) -> tuple[float, float]:
    """Return slope and intercept of the likeliest logistic curve, by Newton's method with a whisper of shrinkage.

    >>> slope, intercept = fit(np.array([0.1, 0.4, 0.5, 0.9]), np.array([0.0, 1, 0, 1]))
    >>> slope > 0, bool(0.4 < -intercept / slope < 0.6)
    (True, True)
    """
    mean, spread = float(cosines.mean()), float(cosines.std()) or 1.0
    x = np.stack([(cosines - mean) / spread, np.ones(len(cosines))], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ weights)))
        slope = x.T @ (same - p) - 1e-3 * weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2), slope)
        weights += step
        if float(np.abs(step).max()) < 1e-10:
            break
    return float(weights[0] / spread), float(weights[1] - weights[0] * mean / spread)
