"""Tokenizers of every kind, trained on a few lines in the test itself."""

from __future__ import annotations

from typing import Any

LINES = [
    "A bat flew out of the cave at dusk.", "He swung the baseball bat; the bat's naïve playing of state-of-the-art",
    "the quick brown fox jumps over the lazy dog", "Tokenizers differ in what they call the beginning of a word",
    "unbelievably extraordinary representations, 日本語 and हिन्दी भाषा",
]  # fmt: skip

#: Whether a piece's characters include the blank before it.
KINDS = {"wordpiece": False, "bytes": False, "bytes with blanks": True, "metaspace": True, "metaspace words": False}


def make_tokenizer(kind: str, size: int = 330) -> Any:
    """Return a small tokenizer that wraps a text in one piece on either side."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    wrap = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False)
    elif kind.startswith("bytes"):
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        letters = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, initial_alphabet=letters, show_progress=False
        )
        trim = kind == "bytes"
        wrap = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=trim, add_prefix_space=False)
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        meta = pre_tokenizers.Metaspace()
        words = [pre_tokenizers.WhitespaceSplit(), meta]
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(words) if kind == "metaspace words" else meta
        trainer = trainers.UnigramTrainer(
            vocab_size=size // 2, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    tokenizer.train_from_iterator(LINES * 3, trainer)
    tokenizer.post_processor = wrap
    return tokenizer
