"""Skip-gram and CBOW with hierarchical softmax: a word is predicted turn by turn down a Huffman tree (Mikolov et al.
2013, "Efficient Estimation of Word Representations in Vector Space")."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.training.model import LANES, Floats, aligned_zeros, overwrite, row_layout
from firth.training.options import TrainOptions
from firth.training.skipgram import SPREAD, keep_thresholds


class Tree:
    """The Huffman tree over a vocabulary: short paths for frequent words.

    Attributes:
        offsets: the path of word w is ``nodes[offsets[w] : offsets[w + 1]]``, int64 of shape ``(n_words + 1,)``.
        nodes: the inner nodes from the root down, int32; there are ``n_words - 1`` of them, the root is the last.
        signs: which way a path turns at each node, float32: +1 (word2vec's code bit 0) or -1 (bit 1).

    >>> tree = Tree(np.array([4, 2, 1, 1]))
    >>> np.diff(tree.offsets).tolist(), tree.nodes[3:6].tolist()
    ([1, 2, 3, 3], [2, 1, 0])
    """

    def __init__(self, counts: NDArray[np.int64]) -> None:
        from firth.kernels.hierarchical import build_tree, fill_paths, path_lengths

        n = len(counts)
        parents = np.empty(2 * n - 1, np.int64)
        turns = np.zeros(2 * n - 1, np.int8)
        lengths = np.empty(2 * n - 1, np.int64)
        build_tree(np.ascontiguousarray(counts, np.int64), parents, turns)
        path_lengths(parents, lengths)
        self.offsets = np.zeros(n + 1, np.int64)
        np.cumsum(lengths[:n], out=self.offsets[1:])
        self.nodes = np.zeros(int(self.offsets[-1]), np.int32)
        self.signs = np.zeros(int(self.offsets[-1]), np.float32)
        fill_paths(parents, turns, self.offsets, self.nodes, self.signs)

    @property
    def longest(self) -> int:
        """Nodes of the longest path."""
        return int(np.diff(self.offsets).max())


class HierarchicalSkipGram:
    """One row a word, its vector; one row an inner node of the tree.

    Every word of a window predicts the word in its middle, as in word2vec's code.
    """

    is_cbow = False

    def __init__(self, counts: NDArray[np.int64], options: TrainOptions, chunk: int) -> None:
        self._counts = counts
        self._options = options
        self._chunk = chunk
        self._width, self._blocks = row_layout(options.dim)
        self._columns = self._width * self._blocks * LANES
        self._keep = np.zeros(1, np.uint32)
        self._tree = Tree(counts)
        self.inputs = self.outputs = np.zeros((0, 0), np.float32)

    def needed_bytes(self) -> tuple[int, int]:
        """Return the bytes of the matrices and of the other tables."""
        n = len(self._counts)
        spaces = (self._options.threads or 1) * 4 * (self._chunk + 4 * self._columns)
        return 8 * n * self._columns, 8 * len(self._tree.nodes) + 12 * n + spaces

    def compile(self) -> None:
        """Run the kernel once on next to nothing."""
        self.inputs = self.outputs = aligned_zeros(1, self._columns)
        self.train(self.workspace(), np.zeros(1, np.int32), (0.0, 0.0), 0, 0)

    def start(self) -> None:
        """Make the matrices: vectors uniform in a cube, nodes zero."""
        options, n, dim = self._options, len(self._counts), self._options.dim
        self.inputs = aligned_zeros(n, self._columns)
        self.outputs = aligned_zeros(max(1, n - 1), self._columns)
        random = np.random.default_rng(options.seed)
        for first in range(0, n, 4096):  # in blocks, so that no second matrix is needed
            rows = self.inputs[first : first + 4096, :dim]
            rows[:] = (random.random(rows.shape, np.float32) - 0.5) * (2 * SPREAD / np.sqrt(dim))
        self._keep = keep_thresholds(self._counts, options.sample)

    def workspace(self) -> Any:
        """Return the buffers of one thread."""
        path = self._tree.longest + 8
        return {
            "kept": np.zeros(self._chunk + 1, np.int32),
            "around": np.zeros(2 * self._options.window, np.int64),
            "rows": np.zeros(path, np.int64),
            "turns": np.zeros(2 * path + 16, np.float32),
            "pulls": np.zeros(2 * path + 16, np.float32),
            "scratch": aligned_zeros(1, LANES + 4 * self._columns)[0],
            "result": np.zeros(3),
        }

    def train(self, space: Any, ids: NDArray[np.int32], rates: tuple[float, float], epoch: int, chunk: int) -> None:
        """Train a chunk once."""
        from firth.kernels.hierarchical import train_chunk

        options = self._options
        train_chunk(
            (0,) * self._width,
            self._blocks,
            self.is_cbow,
            ids,
            self._keep,
            self._tree.offsets,
            self._tree.nodes,
            self._tree.signs,
            self.inputs.ctypes.data,
            self.outputs.ctypes.data,
            options.least_window,
            options.window,
            rates[0],
            rates[1],
            options.seed or 0,
            epoch,
            chunk,
            space["kept"],
            space["around"],
            space["rows"],
            space["turns"],
            space["pulls"],
            space["scratch"],
            space["result"],
        )

    def tally(self, space: Any) -> NDArray[np.float64]:
        """Return loss, predictions and words trained since the last call."""
        sums: NDArray[np.float64] = space["result"].copy()
        space["result"][:] = 0.0
        return sums

    def state(self) -> dict[str, NDArray[Any]]:
        """Return both matrices."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take over both matrices."""
        overwrite(self.state(), state)

    def finish(self) -> Floats:
        """Return the vectors."""
        self.outputs = np.zeros((0, 0), np.float32)  # first, so that the copy takes its place
        vectors = np.ascontiguousarray(self.inputs[:, : self._options.dim])
        self.inputs = self.outputs
        return vectors


class HierarchicalCbow(HierarchicalSkipGram):
    """The same rows; the mean of a window predicts the word in its middle."""

    is_cbow = True
