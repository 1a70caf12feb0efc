"""The slow way to word vectors: one window at a time through transformers, by the rules in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


class Reference:
    """One text at a time; nothing is shared with firth but the model's files."""

    def __init__(self, folder: Path, size: int) -> None:
        import torch
        import transformers
        from tokenizers import Tokenizer

        self.torch = torch
        transformers.utils.logging.disable_progress_bar()
        self.model = transformers.AutoModel.from_pretrained(folder).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.encode_special_tokens = True
        self.size = size

    def states(self, ids: list[int]) -> Any:
        """Return the hidden states of one sequence, of shape ``(n_layers + 1, pieces, dim)``."""
        with self.torch.no_grad():
            out = self.model(self.torch.tensor([ids]), output_hidden_states=True)
        return np.stack([states[0].numpy() for states in out.hidden_states])

    def vectors(self, text: str, spans: list[tuple[int, int]], windows: list[tuple[int, int]]) -> list[Any]:
        """Return every span's vectors by layer, None where it has no piece; ``windows`` are ranges of pieces."""
        cut = self.tokenizer.encode(text, add_special_tokens=False)
        around = self.tokenizer.encode("")
        read = [self.states([around.ids[0], *cut.ids[s:e], around.ids[1]])[:, 1:-1] for s, e in windows]
        out = []
        for start, end in spans:
            mine = [i for i, (a, b) in enumerate(cut.offsets) if a < b and a < end and b > start and start < end]
            if not mine:
                out.append(None)
                continue
            rows = []
            for first in range(0, len(mine), self.size):  # a word longer than a window is read in parts
                part = mine[first : first + self.size]
                p, q = part[0], part[-1] + 1
                rooms = [min(p - s, e - q) for s, e in windows]
                best = int(np.argmax(rooms))
                assert rooms[best] >= 0, "no window holds the word whole"
                rows += [read[best][:, i - windows[best][0]] for i in part]
            out.append(np.mean(rows, axis=0))
        return out
