"""How a contextual model's layers agree with people: WiC, SCWS and USim, as a Markdown table.

python benchmarks/context_quality.py                     MiniLM
python benchmarks/context_quality.py bert-base-uncased   any model
"""

from __future__ import annotations

import argparse

import firth
from common import DATA
from firth.context.calibration import calibrate
from firth.context.judgements import read_wic, score_layers

PUBLISHED = "Published on WiC test: BERT-large 65.5, Context2vec 59.3, ELMo 57.7 (Pilehvar and Camacho-Collados 2019)."


def main() -> None:
    """Print the table, and the curve of same-sense probabilities of the best layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="minilm")
    parser.add_argument("--dtype", default="auto")
    args = parser.parse_args()
    bert = firth.contextual(args.model, dtype=args.dtype)
    folder = DATA / "eval" / "context"
    scores = score_layers(bert, folder)
    print(f"{bert}\n")
    print("| layer | cosine | WiC train | WiC dev | SCWS | USim |\n|---|---|---:|---:|---:|---:|")
    for s in scores:
        kind = "centred" if s.centred else "raw"
        wic = f"{s.wic_train:.3f} | {s.wic_dev:.3f} ± {s.wic_error:.3f}"
        print(f"| {s.layer} | {kind} | {wic} | {s.scws:.3f} | {s.usim:.3f} |")
    print(f"\nThresholds fitted on WiC train; ± one standard error. {PUBLISHED}")
    best = max((s for s in scores if not s.centred), key=lambda s: s.wic_train)
    curve = calibrate(bert, read_wic(folder / "WiC", "train"), best.layer)
    shown = ", ".join(
        f"{c:.1f}: {p:.2f}" for c, p in zip((0.5, 0.7, 0.9), curve.probability([0.5, 0.7, 0.9]), strict=True)
    )
    print(f"Same-sense probability by raw cosine of layer {best.layer}, fitted on WiC train: {shown}.")


if __name__ == "__main__":
    main()
