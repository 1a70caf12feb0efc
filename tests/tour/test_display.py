"""The progress display: on a terminal a bar, elsewhere nothing."""

from __future__ import annotations

import io
import sys
import threading

import pytest

from firth.cli.display import Display, progress
from firth.progress import Silent


class Terminal(io.StringIO):
    """Text that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in the place of stderr and return it."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    return terminal


def test_shows_stages_speed_and_notes(monkeypatch) -> None:
    screen = stand_in(monkeypatch)
    watcher = progress()
    assert isinstance(watcher, Display)
    watcher.start("reading", total=100, unit="files")
    watcher.advance(50)
    watcher.start("training", total=2_000_000, unit="words")
    workers = [threading.Thread(target=watcher.advance, args=(400_000,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    watcher.note(loss=0.25, epoch="1/5")
    watcher._bars.refresh()  # type: ignore[attr-defined]
    watcher.close()
    watcher.close()
    text = screen.getvalue()
    assert "reading" in text and "training" in text and "words/s" in text
    assert "80 %" in text and "loss 0.25" in text and "epoch 1/5" in text


def test_a_stage_of_unknown_length(monkeypatch) -> None:
    screen = stand_in(monkeypatch)
    watcher = Display()
    watcher.start("counting", unit="words")
    watcher.advance(10)
    watcher.close()
    assert "counting" in screen.getvalue()


def test_nothing_where_nobody_watches(monkeypatch) -> None:
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    watcher = progress()
    assert isinstance(watcher, Silent)
    watcher.start("reading", total=1)
    watcher.advance(1)
    watcher.note(loss=1.0)
    watcher.close()
    assert err.getvalue() == ""


def test_calls_outside_a_stage_do_no_harm(monkeypatch) -> None:
    screen = stand_in(monkeypatch)
    watcher = Display()
    watcher.advance(1)
    watcher.note(loss=1.0)
    watcher.close()
    assert screen.getvalue() == ""
