"""Who waits for the compiler is told so, once; whose code lies on disk already hears nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firth import progress
from firth.cli import main
from firth.training.display import LineDisplay, choose_display

KERNELS = """
from firth.kernels.jit import kernel

@kernel
def inner(x):
    return x + 1

@kernel
def outer(x):
    return 2 * inner(x)
"""
LISTEN = "from firth.progress import tell_of_compiling; tell_of_compiling(print); "
SAID = "compiling firth's inner loops for this machine, once: takes some seconds"


def run(folder: Path, code: str) -> list[str]:
    """Run code in a process of its own whose machine code is kept in ``folder``; return the lines that it prints."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_listener_hears_of_the_first_compilation_only(tmp_path: Path) -> None:
    (tmp_path / "some_kernels.py").write_text(KERNELS)
    ask = "from some_kernels import outer; print(outer(3))"
    assert run(tmp_path, f"{LISTEN}{ask}; print(outer(1.5))") == [SAID, "8", "5.0"]
    assert run(tmp_path, f"{LISTEN}{ask}; print(outer(1.5))") == ["8", "5.0"]  # it was kept
    assert run(tmp_path, f"{LISTEN}{ask}; print(outer(2j))") == ["8", SAID, "(2+4j)"]  # for other types it was not


def test_nobody_is_told_who_did_not_ask(tmp_path: Path) -> None:
    (tmp_path / "some_kernels.py").write_text(KERNELS)
    assert run(tmp_path, "from some_kernels import outer; print(outer(3))") == ["8"]


def test_code_that_cannot_be_kept_is_said_to_cost_every_time(tmp_path: Path) -> None:
    code = f"{LISTEN}names = {{}}; exec({KERNELS!r}, names); print(names['outer'](3))"  # from no file: kept nowhere
    for _ in range(2):
        said, answer = run(tmp_path, code)
        assert said.startswith("compiling firth's inner loops, which takes some seconds every time: no folder")
        assert answer == "8"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_the_command_line_tells_a_terminal(tmp_path: Path) -> None:
    import pty

    (tmp_path / "a.txt").write_text("cat 1 2\ndog 3 4\n")
    command = [sys.executable, "-m", "firth", "info", str(tmp_path / "a.txt")]

    def on_terminal(cache: str) -> bytes:
        terminal, end = pty.openpty()
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / cache)}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, env=environment, check=True)
        os.write(end, b".")  # so that there is something to read
        said = b""
        while not said.endswith(b"."):  # a terminal hands out line by line
            said += os.read(terminal, 4096)
        os.close(end)
        os.close(terminal)
        assert b"'cat', 'dog'" in done.stdout
        return said

    assert on_terminal("cache") == b"firth: " + SAID.encode() + b"\r\n."
    assert on_terminal("cache") == b"."


def test_the_command_line_tells_nobody_but_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    progress.compiling(kept=True)
    assert capsys.readouterr().err == ""


def test_python_is_told_where_progress_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        choose_display(False)
        progress.compiling(kept=True)
        assert capsys.readouterr().err == ""
        assert isinstance(choose_display(True), LineDisplay)
        progress.compiling(kept=True)
        progress.compiling(kept=True)
        assert capsys.readouterr().err == f"\r\x1b[K{SAID}\n"
    finally:
        progress.tell_of_compiling(None)
