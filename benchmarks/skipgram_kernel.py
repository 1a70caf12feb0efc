"""What a centre of skip-gram or CBOW costs: nanoseconds of one thread, by the size of the vectors.

python benchmarks/skipgram_kernel.py                          dims 16, 100 and 300
python benchmarks/skipgram_kernel.py 100 200                  these
python benchmarks/skipgram_kernel.py --model cbow 100         CBOW

Dim 16 shows what a centre costs beside its arithmetic. The least of the rounds is what the machine can do, the median
what it did. The text is the 1M words of Wikipedia, its first half.
"""

from __future__ import annotations

import argparse
import statistics
import time

from bench_training import corpus_file
from firth.training import TrainOptions, encode_corpus
from firth.training.cbow import Cbow
from firth.training.skipgram import SkipGram

ROUNDS = 10
CHUNK = 30_000


def main() -> None:
    """Train the same chunks over and over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dims", type=int, nargs="*", default=[16, 100, 300])
    parser.add_argument("--model", choices=["skipgram", "cbow"], default="skipgram")
    args = parser.parse_args()
    encoded = encode_corpus(str(corpus_file("1M")), threads=1)
    ids = encoded.stream.read(0, len(encoded.stream) // 2)
    for dim in args.dims:
        options = TrainOptions(args.model, dim=dim, seed=1, threads=1).settled()
        model = (Cbow if args.model == "cbow" else SkipGram)(encoded.counts, options, CHUNK)
        model.compile()
        model.start()
        space = model.workspace()
        costs = []
        for epoch in range(ROUNDS):
            start = time.thread_time()
            for k in range(0, len(ids), CHUNK):
                model.train(space, ids[k : k + CHUNK], (0.05, 0.05), epoch, k)
            spent = time.thread_time() - start
            _, pairs, centres = model.tally(space)
            costs.append(1e9 * spent / centres)
        least, median = min(costs), statistics.median(costs)
        what = f"{args.model}, dim {dim}"
        print(f"{what}: {least:.0f} ns a centre at the least, median {median:.0f}; {pairs / centres:.2f} pairs each")


if __name__ == "__main__":
    main()
