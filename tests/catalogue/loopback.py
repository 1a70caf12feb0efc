"""A server on loopback that misbehaves as it is told, and limits that make waiting short."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from firth.catalogue.transfer import Limits

#: Waits in tests are short; what they must show is that each has an end.
QUICK = Limits(answer=1.0, stall=0.6, least=1024, tries=3, worth=1 << 20, pause=0.01)

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request: answered by the next behaviour of the script; the last one stays."""

    protocol_version = "HTTP/1.1"
    server: LoopbackServer  # type: ignore[assignment]

    def do_GET(self) -> None:
        site = self.server.site
        site.requests.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
        behaviour = site.script.pop(0) if len(site.script) > 1 else site.script[0]
        self.close_connection = True
        with contextlib.suppress(OSError):  # the client hung up, as it should on a bad server
            behaviour(self)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    @property
    def begin(self) -> int:
        """The first byte asked for."""
        asked = self.headers.get("Range", "bytes=0-")
        return int(asked.removeprefix("bytes=").split("-")[0])


class LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@dataclass
class Site:
    """The server as a test sees it."""

    url: str
    body: bytes = b""
    etag: str | None = '"v1"'
    script: list[Behaviour] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)

    def honest(self, handler: Handler) -> None:
        """Give what is asked for: Range and If-Range heeded."""
        versions = {"ETag": self.etag} if self.etag else {}
        condition = handler.headers.get("If-Range")
        if "Range" in handler.headers and (condition is None or condition == self.etag):
            start = handler.begin
            if start >= len(self.body):
                handler.head(416, Content_Range=f"bytes */{len(self.body)}", Content_Length=0)
                return
            part = self.body[start:]
            where = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
            handler.head(206, Content_Length=len(part), Content_Range=where, **versions)
            handler.wfile.write(part)
        else:
            handler.head(200, Content_Length=len(self.body), **versions)
            handler.wfile.write(self.body)

    def cut(self, after: int) -> Behaviour:
        """Promise all that is left and hang up after so many bytes."""

        def behave(handler: Handler) -> None:
            start = handler.begin if "Range" in handler.headers else 0
            part = self.body[start:]
            versions = {"ETag": self.etag} if self.etag else {}
            if start:
                where = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
                handler.head(206, Content_Length=len(part), Content_Range=where, **versions)
            else:
                handler.head(200, Content_Length=len(part), **versions)
            handler.wfile.write(part[:after])

        return behave

    def stall(self, after: int, seconds: float = 5.0) -> Behaviour:
        """Send so many bytes of the body, then nothing for a while."""

        def behave(handler: Handler) -> None:
            handler.head(200, Content_Length=len(self.body), ETag=self.etag or "")
            handler.wfile.write(self.body[:after])
            handler.wfile.flush()
            time.sleep(seconds)

        return behave

    def status(self, code: int, **headers: object) -> Behaviour:
        return lambda handler: handler.head(code, Content_Length=0, **headers)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = LoopbackServer(("127.0.0.1", 0), Handler)
    server.site = Site(f"http://127.0.0.1:{server.server_port}")
    server.site.body = bytes(range(256)) * 2000
    server.site.script = [server.site.honest]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> str:
    """An address where nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
