"""Where things made once are kept: the user's cache folder."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def cache_folder(kind: str) -> Path:
    """Return the folder for one kind of cached thing, made if need be.

    It is ``$FIRTH_CACHE/kind``, else the system's cache folder for the user, else a temporary folder that ends with
    the process where none of these can be written.
    """
    for base in _places():
        folder = base / kind
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    global _temporary
    if _temporary is None:
        _temporary = tempfile.TemporaryDirectory(prefix="firth-")
    folder = Path(_temporary.name) / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


_temporary: tempfile.TemporaryDirectory[str] | None = None


def _places() -> list[Path]:
    named = os.environ.get("FIRTH_CACHE")
    if named:
        return [Path(named).expanduser()]
    if sys.platform == "win32":
        return [Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "firth"]
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return [Path("~/Library/Caches/firth").expanduser() if sys.platform == "darwin" else home / "firth"]
