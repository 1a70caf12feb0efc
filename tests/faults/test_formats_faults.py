"""Full disks, limits, read-only folders and sudden death: the old file or the new one, and one clear line."""

from __future__ import annotations

import gzip
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import firth
from firth import WordVectors
from firth.errors import FormatError, ReadError, WriteError
from firth.formats import load, save

NAMES = ["a.firth", "a.txt", "a.vec", "a.bin", "a.npy", "a.txt.gz", "a.vec.zst"]


def table(seed: int = 1, n: int = 400) -> WordVectors:
    """Make a table; another seed, other words and numbers."""
    rng = np.random.default_rng(seed)
    return WordVectors.from_words([f"{seed}-{k}" for k in range(n)], rng.normal(size=(n, 50)))


def limited(code: str, *arguments: object, limit: int = 20_000) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process that may not write files larger than ``limit``."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        env={**os.environ, "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", "")} | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_cannot_grow_leaves_the_old_one(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    save(table(), tmp_path / "in.firth")
    target = tmp_path / "out" / name
    target.write_bytes(b"old")
    warm = table(n=2).save(tmp_path / ("warm" + name[1:]))  # compiled here, so that no cache need be written there
    assert warm.exists()
    code = "import sys; from firth.cli import main; main(['convert', sys.argv[1], sys.argv[2]])"
    done = limited(code, tmp_path / "in.firth", target)
    assert done.returncode == 1, done.stderr
    assert done.stderr == (
        f"firth: error: cannot write {target}: the file would be larger than the limit set for it; "
        "nothing was changed there\n"
    )
    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == [name]


def test_unpacking_into_a_full_place_says_where(tmp_path: Path) -> None:
    packed = tmp_path / "a.txt.gz"
    packed.write_bytes(gzip.compress(b"cat" + b" 1.5" * 9 + b"\n" + b"".join(b"%d 1\n" % k for k in range(9000))))
    done = limited("import sys, firth; firth.load(sys.argv[1])", packed)
    assert "firth.errors.ReadError: cannot unpack" in done.stderr
    assert "point TMPDIR at a disk with more room" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """Return a folder on a disk of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk; the limit on file sizes above tests the same path")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_leaves_the_old_file(name: str, small_disk: Path) -> None:
    target = small_disk / name
    target.write_bytes(b"old")
    with pytest.raises(WriteError, match=r"cannot write .*: no space left on the disk; nothing was changed there"):
        save(table(n=2000), target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in small_disk.iterdir()] == [name]
    save(table(n=20), target)
    assert len(load(target)) == 20


def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    source = save(table(n=3), tmp_path / "in.vec")
    if os.getuid() == 0:  # no folder is locked for root
        folder = Path("/sys/kernel")
    for name in NAMES:
        with pytest.raises(WriteError, match=r"no permission to write there|read-only|not permitted") as caught:
            save(load(source), folder / name)
        assert "\n" not in str(caught.value)
    assert not list(folder.glob("*.partial")) + list(folder.glob(".*.partial"))


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = save(table(n=3), tmp_path / "a.vec")
    path.chmod(0)
    if os.getuid() == 0:
        path = Path("/proc/self/mem")  # opens, and fails on the first read
    with pytest.raises((ReadError, FormatError)):
        load(path)


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.faults.test_formats_faults import NAMES, table
from firth.formats import save
folder, tables = Path(sys.argv[2]), [table(1), table(2)]
for name in NAMES:
    save(tables[0], folder / name)
print("ready", flush=True)
turn = 0
while True:
    turn += 1
    for name in NAMES:
        save(tables[turn % 2], folder / name)
"""


def test_sudden_death_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    dice = random.Random(7)
    both = [table(1), table(2)]
    root = str(Path(__file__).parents[2])
    for _ in range(10):
        process = subprocess.Popen([sys.executable, "-c", KILLED, root, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(dice.uniform(0, 0.15))
        process.kill()
        process.wait()
        process.stdout.close()
        for name in NAMES:
            try:
                wv = load(tmp_path / name)
            except FormatError as error:  # the matrix of one save, the words of the other: noticed, never mixed
                assert name == "a.npy"
                assert "is not the words' file that was saved with this matrix" in str(error)
                continue
            whole = both[wv.vocabulary[0].startswith("2")]
            assert wv.vocabulary.words() == whole.vocabulary.words()
            assert np.array_equal(wv.vectors, whole.vectors)
        for left in tmp_path.iterdir():
            assert left.name in (*NAMES, "a.vocab.txt") or (left.name.startswith(".") and left.suffix == ".partial")
            if left.suffix == ".partial":
                left.unlink()


def test_what_changes_under_a_mapping_is_not_seen(tmp_path: Path) -> None:
    path = save(table(1), tmp_path / "a.firth")
    mapped = firth.load(path)
    save(table(2), path)
    assert np.array_equal(mapped.vectors, table(1).vectors)
    assert firth.load(path).vocabulary[0] == "2-0"
