"""One HTTP answer, read so that no wait is without end.

A thread of its own does what can block: looking up the name, connecting, shaking hands, reading. The caller takes what
it brings from a queue and never waits longer than its limits say, whatever the other side does: a server that sends one
byte of a header a second is as harmless as one that sends nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from firth.version import __version__

#: Bytes read at a time.
_CHUNK = 1 << 17


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a download may take over what.

    Attributes:
        answer: seconds from the start until the answer's headers are read, redirects included.
        stall: seconds in which at least ``least`` bytes must arrive.
        least: see ``stall``.
        tries: how often one address is tried, when the connection breaks without having brought ``worth`` bytes.
        worth: a try that brought so many bytes does not count as one.
        pause: seconds before the second try; doubled for each further one.
    """

    answer: float = 15.0
    stall: float = 30.0
    least: int = 1024
    tries: int = 4
    worth: int = 1 << 20
    pause: float = 0.5


class InterruptedTransferError(Exception):
    """The transfer broke off; another try may help."""


class RefusedTransferError(Exception):
    """This address will not give the file; another try is useless."""


class UnreachableError(RefusedTransferError):
    """No connection to the server."""


class Answer:
    """The answer to one GET: ``status``, ``headers``, and :meth:`chunks`. Close it after use.

    Args:
        url: the address, http or https.
        headers: further headers to send.
        limits: how long it may take.
        verified: what arrives is compared with a known checksum; only then may a redirect leave https.

    Raises:
        UnreachableError: no connection.
        RefusedTransferError: the address is wrong, or redirects in a circle.
        InterruptedTransferError: no answer in time.
    """

    def __init__(self, url: str, headers: Mapping[str, str], limits: Limits, *, verified: bool = False) -> None:
        self._limits = limits
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=32)
        self._closed = threading.Event()
        self._host = urlsplit(url).hostname or url
        self.status = 0
        self.headers = Message()
        arguments = (url, dict(headers), verified)
        threading.Thread(target=self._work, args=arguments, daemon=True, name="firth-transfer").start()
        kind, value = self._next(limits.answer, f"gave no answer in {limits.answer:g} s")
        if kind == "error":
            self.close()
            raise _translated(value, self._host)
        self.status, self.headers = value

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes.

        Raises:
            InterruptedTransferError: the connection broke, or brought less than it must.
        """
        limits, begun, brought = self._limits, time.monotonic(), 0
        while True:
            left = begun + limits.stall - time.monotonic()
            kind, value = self._next(left, f"sent {brought:,} bytes in {limits.stall:g} s")
            if kind == "end":
                return
            if kind == "error":
                raise _translated(value, self._host)
            brought += len(value)
            yield value
            if brought >= limits.least:
                begun, brought = time.monotonic(), 0

    def close(self) -> None:
        """Let the thread end; what it still reads is thrown away."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()

    def _next(self, seconds: float, otherwise: str) -> tuple[str, Any]:
        try:
            return self._queue.get(timeout=max(0.0, seconds))
        except queue.Empty:
            self.close()
            raise (InterruptedTransferError if self.status else UnreachableError)(f"{self._host} {otherwise}") from None

    # -- in the thread ------------------------------------------------------------------------------------------

    def _put(self, kind: str, value: Any) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put((kind, value), timeout=0.5)
                return

    def _work(self, url: str, headers: dict[str, str], verified: bool) -> None:
        try:
            request = urllib.request.Request(
                url, headers={"User-Agent": f"firth/{__version__}", "Accept-Encoding": "identity", **headers}
            )
            timeout = max(self._limits.answer, self._limits.stall)
            with _opener(verified).open(request, timeout=timeout) as response:
                self._put("head", (response.status, response.headers))
                while not self._closed.is_set() and (chunk := response.read1(_CHUNK)):
                    self._put("data", chunk)
            self._put("end", None)
        except urllib.error.HTTPError as error:  # an answer too, and it holds a connection
            with contextlib.closing(error):
                circle = "redirect error" in str(error.reason) or error.code in (301, 302, 303, 307, 308)
                self._put(*(("error", error) if circle else ("head", (error.code, error.headers))))
                self._put("end", None)
        except Exception as error:  # all of it must reach the caller
            self._put("error", error)


class _Redirects(urllib.request.HTTPRedirectHandler):
    def __init__(self, verified: bool) -> None:
        self._verified = verified

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        target, problem = urlsplit(newurl), ""
        if target.scheme not in ("http", "https"):
            problem = f"{req.host} redirects to {target.scheme}:, which is not followed"
        elif target.scheme == "http" and req.type == "https" and not self._verified:
            problem = f"{req.host} redirects from https to http, and there is no checksum to check the file with"
        if problem:
            fp.close()
            raise RefusedTransferError(problem)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(verified: bool) -> urllib.request.OpenerDirector:
    """Return an opener for http and https alone: no file:, no ftp:, no data:."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
        _Redirects(verified), urllib.request.HTTPErrorProcessor(), urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _translated(error: BaseException, host: str) -> Exception:
    """Return what an error of the network means for the download."""
    if isinstance(error, RefusedTransferError | InterruptedTransferError):
        return error
    if isinstance(error, urllib.error.HTTPError):
        return RefusedTransferError(f"{host} redirects in a circle")
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.gaierror):
        return UnreachableError(f"the name {host} cannot be looked up")
    if isinstance(reason, ssl.SSLError):
        return RefusedTransferError(
            f"{host} has no valid certificate ({getattr(reason, 'verify_message', '') or reason.reason})"
        )
    if isinstance(reason, ConnectionRefusedError):
        return UnreachableError(f"{host} refuses the connection")
    if isinstance(error, urllib.error.URLError):  # raised before an answer came
        return UnreachableError(f"{host} cannot be reached ({getattr(reason, 'strerror', None) or reason})")
    if isinstance(error, TimeoutError):
        return InterruptedTransferError(f"{host} stopped sending")
    if isinstance(error, OSError | http.client.HTTPException):
        return InterruptedTransferError(
            f"the connection to {host} broke ({getattr(error, 'strerror', None) or type(error).__name__})"
        )
    return RefusedTransferError(f"{host}: {error}")
