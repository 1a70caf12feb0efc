"""Signals before training is under way."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

import pytest

from firth.cli.interrupt import exit_code, interruptible
from firth.training import Stop


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_an_exit_that_somebody_swallows_is_not_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    stop = Stop()
    with interruptible(stop):
        with contextlib.suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert stop.reason == "interrupted by SIGTERM"
        assert exit_code(stop) == 143
    assert "nothing was saved" in capsys.readouterr().err
