"""gensim's own files: read without running them, whatever they would do."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import pickletools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.errors import FirthError, FormatError, ReadError
from firth.formats import load, save
from firth.formats.base import ReadOptions, Source
from firth.formats.gensim_native import read
from firth.formats.pickled import Inert, interpret
from tests.formats.peers import run_peer
from tests.formats.samples import WORDS, gensim_file, table


def reads(raw: bytes) -> Any:
    """Read bytes as a file of gensim's."""
    return read(Source.from_bytes(raw, "a.kv"), ReadOptions())


def interpreted(raw: bytes) -> Any:
    return interpret(np.frombuffer(raw, np.uint8), "a.kv")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("fasttext", [True, False])
def test_words_vectors_counts_and_subwords(protocol: int, fasttext: bool) -> None:
    wv = reads(gensim_file(protocol, fasttext))
    assert wv.vocabulary.words() == WORDS
    assert wv.counts.tolist() == list(range(len(WORDS), 0, -1))
    if not fasttext:
        assert (wv.vectors == table().vectors).all() and wv.subwords is None
        return
    like = table(hashing="fasttext")
    assert (wv["unseen"] == like["unseen"]).all()
    numbers = like.subwords.row_numbers("cat")  # type: ignore[union-attr]
    expected = (table()["cat"] + like.subwords.rows[numbers].sum(0)) / (len(numbers) + 1)  # type: ignore[union-attr]
    np.testing.assert_allclose(wv["cat"], expected, atol=1e-6)


MARK = "firth-was-here"


class Evil:
    """What a pickle may do when Python opens it."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def evil_files(folder: Path) -> dict[str, bytes]:
    """Return pickles that would write a file if they were run, in all the ways that a pickle can call."""
    target = str(folder / MARK)
    code = f"open({target!r}, 'w').close()"
    command = f"touch {target}"
    named = target.encode()
    return {
        "system": pickle.dumps(Evil(os.system, command)),
        "popen": pickle.dumps(Evil(subprocess.Popen, ["touch", target])),
        "eval": pickle.dumps(Evil(eval, code), 2),
        "exec": pickle.dumps(Evil(exec, code), 5),
        "nested": pickle.dumps({"wv": [Evil(exec, code)], "index_to_key": Evil(exec, code)}),
        "global": b"\x80\x02cos\nsystem\n(U" + bytes([len(command)]) + command.encode() + b"tR.",
        "inst": b"\x80\x02(U" + bytes([len(command)]) + command.encode() + b"ios\nsystem\n.",
        "obj": b"\x80\x02(cos\nsystem\nU" + bytes([len(command)]) + command.encode() + b"o.",
        "newobj": b"\x80\x02cos\nsystem\nU" + bytes([len(command)]) + command.encode() + b"\x85\x81.",
        "newobj_ex": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c" + bytes([len(command)]) + command.encode()
        + b"\x85}\x92.",
        "build": b"\x80\x02cfirth.formats.pickled\nInert\nU\x01x\x85R}U\x0c__setstate__cos\nsystem\nsbU"
        + bytes([len(command)]) + command.encode() + b"b.",
        "builtins": b"\x80\x02c__builtin__\nopen\nU" + bytes([len(named)]) + named + b"U\x01w\x86R.",
        "persistent": b"\x80\x02U" + bytes([len(command)]) + command.encode() + b"Q.",
        "extension": b"\x80\x02\x82\x01)R.",
        "buffer": b"\x80\x05\x97.",
    }  # fmt: skip


def test_evil_pickles_would_work_if_they_were_run(tmp_path: Path) -> None:
    for name, raw in evil_files(tmp_path).items():
        if name not in ("system", "popen", "eval", "exec", "nested", "global", "obj", "builtins"):
            continue  # Python itself refuses those, or needs a class to make
        code = "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"
        subprocess.run([sys.executable, "-c", code], input=raw, capture_output=True, check=False)
        for _ in range(100):
            if (tmp_path / MARK).exists():
                break
            time.sleep(0.02)
        (tmp_path / MARK).unlink()  # fails where the pickle did nothing


def test_evil_pickles_do_nothing(tmp_path: Path) -> None:
    for name, raw in evil_files(tmp_path).items():
        path = tmp_path / f"{name}.kv"
        path.write_bytes(raw)
        with pytest.raises(FormatError, match="pickle"):
            load(path)
    # also inside a file that is otherwise right
    keyed = gensim_file(4)
    for raw in evil_files(tmp_path).values():
        with pytest.raises(FirthError):
            reads(keyed[:-1] + raw[2:])
    assert not (tmp_path / MARK).exists()


def test_a_call_becomes_a_record(tmp_path: Path) -> None:
    record = interpreted(evil_files(tmp_path)["system"])
    assert isinstance(record, Inert)
    assert record.kind == f"{os.system.__module__}.system" and record.arguments == (f"touch {tmp_path / MARK}",)


def test_an_evil_attribute_is_left_alone(tmp_path: Path) -> None:
    # a gensim file whose other attributes are calls: the words and vectors are read, the calls are not made
    raw = gensim_file(2)
    call = b"X\x04\x00\x00\x00evilcos\nsystem\nU" + bytes([len(f"touch {tmp_path / MARK}")])
    call += f"touch {tmp_path / MARK}".encode() + b"\x85R"
    assert raw.endswith(b"ub.")
    wv = reads(raw[:-3] + call + b"ub.")
    assert wv.vocabulary.words() == WORDS and not (tmp_path / MARK).exists()


def test_nothing_is_imported_or_started(tmp_path: Path) -> None:
    for name, raw in evil_files(tmp_path).items():
        (tmp_path / f"{name}.kv").write_bytes(raw)
    code = """
import sys, pathlib
from firth.errors import FormatError
from firth.formats import load
from firth.formats import gensim_native, pickled, source
files = sorted(pathlib.Path(sys.argv[1]).glob("*.kv"))
for file in files[:1] + files:
    if file is files[1]:
        sys.addaudithook(lambda event, _: seen.append(event))
    seen = []
    try:
        load(file)
    except FormatError:
        print(*{e for e in seen if e.startswith(("import", "pickle", "os.", "subprocess", "exec", "compile"))})
"""
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == 1 + len(evil_files(tmp_path)) and not any(lines), run.stdout


def test_lengths_are_not_believed() -> None:
    for raw in (
        b"\x80\x02T\xff\xff\xff\x7f.", b"\x80\x02X\xff\xff\xff\xff.", b"\x80\x04\x8e" + b"\xff" * 8 + b".",
        b"\x80\x02\x8b\xff\xff\xff\x7f.", b"\x80\x02Nr\xff\xff\xff\xff0.", b"\x80\x02j\xff\xff\xff\xff.",
        b"\x80\x02L" + b"9" * 2000 + b"L\n.",
    ):  # fmt: skip
        began = time.perf_counter()
        with pytest.raises(FormatError):
            reads(raw)
        assert time.perf_counter() - began < 1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bytes_are_a_record_or_an_error(data: st.DataObject) -> None:
    ops = [bytes([op.code.encode("latin-1")[0]]) for op in pickletools.opcodes]
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(ops), st.binary(max_size=5)), max_size=30))
    with contextlib.suppress(FormatError):
        interpreted(b"\x80\x04" + b"".join(pieces) + b".")


def test_the_same_as_python_for_plain_values() -> None:
    plain = [
        1,
        -5,
        300,
        70_000,
        1 << 70,
        -(1 << 40),
        1.5,
        "x" * 300,
        "ü",
        b"y" * 300,
        None,
        True,
        False,
        (),
        (1, 2, 3, 4),
    ]
    for protocol in (2, 3, 4, 5):
        if protocol > 2:
            found = interpreted(pickle.dumps(plain, protocol))
            assert [bytes(v) if isinstance(v, memoryview) else v for v in found] == plain


def test_other_pickles_are_refused_by_name() -> None:
    with pytest.raises(FormatError, match="is a pickle of dict, not of gensim's word vectors"):
        reads(pickle.dumps({"cat": [1.0, 2.0]}))
    with pytest.raises(FormatError, match="is a pickle of list"):
        reads(pickle.dumps([1]))
    with pytest.raises(FormatError) as odd:  # GLOBAL takes any line as a name
        reads(b"\x80\x04\x8c\x03g\nx\x8c\x01y\x93)R.")
    assert "\n" not in str(odd.value)
    with pytest.raises(FormatError, match="firth does not write"):
        save(table(), "x.kv")


def test_arrays_beside_the_file(tmp_path: Path) -> None:
    code = """
from gensim.models import Word2Vec, FastText, KeyedVectors
import random
folder, rng = sys.argv[1], random.Random(3)
words = ["cat", "dog", "naïve", "日本語"] + [f"w{i}" for i in range(60)]
lines = [[rng.choice(words) for _ in range(10)] for _ in range(300)]
model = Word2Vec(lines, vector_size=8, min_count=1, workers=1)
model.save(folder + "/a.model"); model.wv.save(folder + "/a.kv")
model.save(folder + "/apart.model", sep_limit=10); model.wv.save(folder + "/apart.kv", sep_limit=10)
fast = FastText(lines, vector_size=8, min_count=1, workers=1, bucket=200)
fast.save(folder + "/f.model"); fast.wv.save(folder + "/f.kv"); fast.wv.save(folder + "/fapart.kv", sep_limit=10)
asked = model.wv.index_to_key
print(json.dumps([asked, model.wv.vectors.tolist(), fast.wv[asked + ["unseen", "日本"]].tolist(),
                  [int(model.wv.get_vecattr(w, "count")) for w in asked]]))
"""
    words, vectors, fast, counts = run_peer(("gensim",), code, tmp_path)
    for name in ("a.model", "a.kv", "apart.model", "apart.kv"):
        wv = load(tmp_path / name)
        assert wv.vocabulary.words() == words and (wv.vectors == np.float32(vectors)).all(), name
        assert wv.counts is not None and wv.counts.tolist() == counts
    for name in ("f.model", "f.kv", "fapart.kv"):
        wv = load(tmp_path / name)
        np.testing.assert_allclose([wv[w] for w in [*words, "unseen", "日本"]], fast, atol=1e-6, err_msg=name)
    (tmp_path / "apart.kv.vectors.npy").unlink()
    with pytest.raises(ReadError, match=r"its vectors should stand in apart\.kv\.vectors\.npy beside it"):
        load(tmp_path / "apart.kv")


def test_there_and_back_through_gensim(tmp_path: Path) -> None:
    table().save(tmp_path / "a.npz")
    code = """
from gensim.models import KeyedVectors
arrays = np.load(sys.argv[1])
keyed = KeyedVectors(arrays["vectors"].shape[1])
keyed.add_vectors(list(map(str, arrays["words"])), arrays["vectors"])
keyed.save(sys.argv[2])
print(json.dumps(1))
"""
    run_peer(("gensim",), code, tmp_path / "a.npz", tmp_path / "a.kv")
    back = load(tmp_path / "a.kv")
    assert back.vocabulary.words() == WORDS and (back.vectors == table().vectors).all()
    assert json.dumps(back.recipe)
