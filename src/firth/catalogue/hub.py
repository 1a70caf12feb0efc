"""Models of the Hugging Face hub: the library's own cache first, then the network, and never a pickle."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from firth.catalogue.transfer import Answer, InterruptedTransferError, Limits, RefusedTransferError, UnreachableError
from firth.errors import DownloadError, MissingExtraError
from firth.progress import Progress, Silent

#: What a static model consists of; pickled weights are left where they are.
PATTERNS = ["*.safetensors", "*.json", "*.txt", "*.md", "*.model"]


def fetch(model: str, *, limits: Limits | None = None, progress: Progress | None = None) -> Path:
    """Return the local folder of a hub model, fetched if the cache lacks it.

    Raises:
        MissingExtraError: huggingface_hub is not installed (``pip install 'firth[hub]'``).
        DownloadError: the model is not in the cache and cannot be fetched.
    """
    try:
        from huggingface_hub import constants, snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
        from huggingface_hub.utils import (
            HFValidationError,
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )
    except ImportError as error:
        raise MissingExtraError("huggingface-hub", "hub", f"the hub model {model!r}") from error

    def whole(folder: Path) -> bool:
        return any(folder.rglob("*.safetensors")) and any(folder.rglob("tokenizer.json"))

    try:
        cached = Path(snapshot_download(model, allow_patterns=PATTERNS, local_files_only=True))
        if whole(cached):
            return cached
    except (LocalEntryNotFoundError, FileNotFoundError):
        pass
    except HFValidationError as error:
        raise DownloadError(f"{model!r} is no name of a hub model; expected owner/name") from error
    endpoint = constants.ENDPOINT
    host = urlsplit(endpoint).hostname or endpoint
    if constants.HF_HUB_OFFLINE or os.environ.get("HF_HUB_OFFLINE") == "1":
        raise DownloadError(f"cannot download {model}: it is not in the cache, and HF_HUB_OFFLINE is set")
    # The library tries for half a minute where there is no network; one look tells at once.
    rules, watcher = limits or Limits(), progress or Silent()
    try:
        Answer(f"{endpoint}/api/models/{model}", {}, rules, verified=True).close()
    except UnreachableError as error:
        raise DownloadError(f"cannot download {model}: {error}; check the network") from error
    except (RefusedTransferError, InterruptedTransferError) as error:
        raise DownloadError(f"cannot download {model}: {error}") from error
    bars = not are_progress_bars_disabled()
    disable_progress_bars()
    watcher.start(f"downloading {model}")
    try:
        folder = Path(snapshot_download(model, allow_patterns=PATTERNS, etag_timeout=rules.answer))
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        reason = {401: "there is no such public model", 404: "there is no such model"}.get(status or 0, str(error))
        raise DownloadError(f"cannot download {model}: {host} says: {' '.join(reason.split())}") from error
    except (OSError, LocalEntryNotFoundError, ValueError) as error:
        raise DownloadError(f"cannot download {model} from {host}: {' '.join(str(error).split())}") from error
    finally:
        watcher.close()
        if bars:
            enable_progress_bars()
    if not whole(folder):
        raise DownloadError(f"{model} has no safetensors file with a tokenizer.json, so it is no static model to open")
    return folder
