"""What a trained table says of how it was made."""

from __future__ import annotations

from typing import Any

from firth.training.counting import EncodedCorpus
from firth.training.memory import MemoryForecast
from firth.training.options import TrainOptions
from firth.training.trainer import Outcome
from firth.version import __version__


def training_recipe(
    options: TrainOptions, encoded: EncodedCorpus, outcome: Outcome, plan: MemoryForecast, reading: float
) -> dict[str, Any]:
    """Return what a table says of how it was trained; ``reading`` is in seconds."""
    n_words = encoded.n_tokens * options.epochs * outcome.share
    ended = {"share": round(outcome.share, 6), "epoch": outcome.epoch, "why": outcome.ended}
    return {
        "made_by": f"firth {__version__}",
        "parameters": options.to_json(),
        "corpus": {
            "files": [{"path": file.path, "bytes": file.size} for file in encoded.files],
            "words": encoded.n_tokens,
            "kinds": encoded.n_types,
            "sentences": encoded.n_sentences,
            "words_kept": encoded.n_kept,
            "not_utf8": encoded.n_not_utf8,
        },
        **({"note": options.one_thread} if options.one_thread else {}),
        **({"ended": ended} if outcome.ended else {}),
        "loss": [round(loss, 6) for loss in outcome.losses],
        "pairs": outcome.pairs,
        "seconds": {"reading": round(reading, 3), "training": round(outcome.seconds, 3)},
        "words_per_second": round(n_words / outcome.seconds) if outcome.seconds else None,
        "memory": plan.to_json(),
    }
