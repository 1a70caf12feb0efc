"""firth.Word2Vec: training in gensim's parameter names, so that a script moves by changing its import."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from firth.errors import OptionError
from firth.training.display import choose_display
from firth.training.job import train_with
from firth.training.options import UNSAID, TrainOptions
from firth.wordvectors import WordVectors


class Word2Vec:
    """Train word vectors; what gensim's class of that name does at once when it is given a corpus.

    Names and defaults are gensim's, CBOW (``sg=0``) included; what is not there raises an error instead of training
    something else. ``workers=None`` uses all cores. With ``workers=1`` a ``seed`` gives the same bits every time.

    Args:
        sentences: an iterable of lists of words; gone through once.
        corpus_file: path of a text, one sentence a line, in place of ``sentences``.
        vector_size: numbers a vector.
        alpha: learning rate at the start.
        window: words to either side that count as context, at most.
        min_count: words that occur less often are left out.
        sample: words more frequent than this share are dropped at random.
        seed: start of the random numbers.
        workers: threads.
        min_alpha: learning rate at the end.
        sg: 1 for skip-gram, 0 for CBOW.
        hs: 1 for hierarchical softmax (then ``negative`` must be 0), 0 for negative sampling.
        negative: random words that a pair is set against.
        ns_exponent: they are drawn in proportion to count ** ns_exponent.
        max_final_vocab: only so many words are kept, the most frequent.
        shrink_windows: whether windows are of random sizes up to ``window``.
        cbow_mean, max_vocab_size, null_word, trim_rule, sorted_vocab: must be gensim's defaults.
        hashfxn, batch_words: without effect here.
        callbacks: must be empty; see :func:`firth.train` for its own.
        comment: kept as an attribute.
        epochs: how often the corpus is gone through.
        compute_loss: accepted; the loss is always computed, see ``training_loss``.
        progress: as in :func:`firth.train`.

    Attributes:
        wv: the vectors, a :class:`firth.WordVectors`.
        training_loss: mean loss of a positive pair in every epoch.

    Raises:
        OptionError: a parameter is outside what it may be, or asks for what is not there yet.
        CorpusError: no word occurs ``min_count`` times.

    >>> sentences = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 50
    >>> model = Word2Vec(sentences, vector_size=10, min_count=1, sg=1, workers=1, seed=1)
    >>> model.wv["cat"].shape, model.epochs, model.corpus_total_words
    ((10,), 5, 300)
    """

    def __init__(
        self,
        sentences: Iterable[Any] | None = None,
        corpus_file: str | os.PathLike[str] | None = None,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int | None = None,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[[str], int] | None = None,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: Callable[..., Any] | None = None,
        sorted_vocab: int = 1,
        batch_words: int = 10_000,
        compute_loss: bool = False,
        callbacks: Iterable[Any] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        *,
        progress: bool | None = None,
    ) -> None:
        if sg not in (0, 1):
            raise OptionError(f"sg is {sg!r}; expected 1 for skip-gram or 0 for CBOW")
        if hs not in (0, 1):
            raise OptionError(f"hs is {hs!r}; expected 1 for hierarchical softmax or 0 for negative sampling")
        if hs and negative:
            raise OptionError(
                f"hs=1 and negative={negative!r}: firth trains one loss at a time; pass negative=0 for hierarchical "
                "softmax, or hs=0"
            )
        if not hs and negative == 0:
            raise OptionError("hs=0 and negative=0 leaves nothing to learn from; pass hs=1, or negative=5")
        for name, value, only in (
            ("cbow_mean", cbow_mean, 1), ("max_vocab_size", max_vocab_size, None), ("null_word", null_word, 0),
            ("trim_rule", trim_rule, None), ("sorted_vocab", sorted_vocab, 1),
        ):  # fmt: skip
            if value != only:
                raise OptionError(f"{name} is {value!r}; firth trains with {name}={only!r} alone")
        if list(callbacks):
            raise OptionError("callbacks of gensim are not called; firth.train(..., callbacks=...) has its own")
        if (sentences is None) == (corpus_file is None):
            raise OptionError("give either sentences or corpus_file" + (", not both" if sentences is not None else ""))
        if isinstance(sentences, str):
            raise OptionError(f"sentences is the string {sentences[:40]!r}; pass a path as corpus_file")
        options = TrainOptions(
            model=("skipgram" if sg else "cbow") + ("-hs" if hs else ""),
            dim=vector_size,
            window=window,
            shrink_windows=bool(shrink_windows),
            negative=UNSAID if hs else negative,
            ns_exponent=UNSAID if hs else ns_exponent,
            max_words=max_final_vocab,
            epochs=epochs,
            min_count=min_count,
            sample=sample,
            lr=alpha,
            min_lr=min(min_alpha, alpha),
            threads=workers,
            seed=seed,
        )
        corpus: Any = sentences if corpus_file is None else os.fspath(corpus_file)
        self.wv: WordVectors = train_with(corpus, options, choose_display(progress))
        recipe = self.wv.recipe
        self.vector_size, self.window, self.negative, self.epochs = vector_size, window, negative, epochs
        self.alpha, self.min_alpha, self.min_count, self.sample = alpha, min_alpha, min_count, sample
        self.seed, self.workers, self.sg, self.hs = seed, recipe["parameters"]["threads"], int(sg), int(hs)
        self.comment = comment
        self.corpus_total_words: int = recipe["corpus"]["words"]
        self.corpus_count: int = recipe["corpus"]["sentences"]
        self.total_train_time: float = recipe["seconds"]["training"]
        self.training_loss: list[float] = recipe["loss"]

    def get_latest_training_loss(self) -> float:
        """Return the mean loss of a positive pair in the last epoch; gensim's method returns a running sum."""
        return self.training_loss[-1]

    def __repr__(self) -> str:
        return f"Word2Vec<vocab={len(self.wv)}, vector_size={self.vector_size}, alpha={self.alpha}>"
