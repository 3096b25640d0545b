"""An upstream that answers just as a test says, over a real socket; for what no decent server ever does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from support.servers import handled


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


Handler = BaseHTTPRequestHandler
Answer = tuple[int, Any] | tuple[int, Any, Mapping[str, str]] | None
"""Status, content (bytes, or what becomes JSON) and headers; None where the script has answered by itself."""


@dataclass
class Scripted:
    """Where it is and what it was asked; `ended` is set when it is to let go of whoever still waits."""

    url: str
    requests: list[Request] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def scripted(script: Callable[[Request, Handler], Answer]) -> Iterator[Scripted]:
    """Serve what `script` says of each request while the block runs."""

    class Scribe(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            request = Request(self.command, parts.path, parts.query, dict(self.headers))
            found.requests.append(request)
            answer = script(request, self)
            if answer is None:
                self.close_connection = True
                return
            status, content, *headers = answer
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers[0] if headers else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_HEAD(self) -> None:
            self.do_GET()

    with handled(Scribe) as port:
        found = Scripted(f"http://127.0.0.1:{port}")
        try:
            yield found
        finally:
            found.ended.set()
