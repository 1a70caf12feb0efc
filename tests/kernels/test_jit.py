"""Compiled code on disk is thrown away when any kernel that went into it has changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import firth.kernels
import firth.progress
from firth.kernels import jit


def test_the_stamp_covers_what_a_kernel_imports() -> None:
    room = Path(firth.kernels.__file__).parent
    names = {name for name, _ in jit._stamp(room / "skipgram.py")}
    assert {"skipgram", "negative", "sampling", "simd", "jit"} <= names
    assert "textparse" not in names


def test_a_changed_helper_recompiles_its_callers(tmp_path: Path) -> None:
    package = tmp_path / "firth"
    (package / "kernels").mkdir(parents=True)
    for name in ("__init__.py", "kernels/__init__.py"):
        (package / name).touch()
    shutil.copy(jit.__file__, package / "kernels" / "jit.py")
    shutil.copy(str(firth.progress.__file__), package / "progress.py")
    head = "from firth.kernels.jit import kernel\n"
    (package / "kernels" / "outer.py").write_text(
        f"{head}from firth.kernels.inner import inner\n\n\n@kernel\ndef outer(x):\n    return inner(x) + 1\n"
    )
    answers = []
    for factor in (10, 20, 20):
        (package / "kernels" / "inner.py").write_text(f"{head}\n\n@kernel\ndef inner(x):\n    return x * {factor}\n")
        code = "from firth.kernels.outer import outer as o; print(o(1), sum(o.stats.cache_hits.values()))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
        answers.append(done.stdout.split())
    assert answers == [["11", "0"], ["21", "0"], ["21", "1"]]
