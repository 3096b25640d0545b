"""A webhook on this machine that takes messages as Discord's does: multipart, with a JSON payload and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from typing import Any

from killmart.config.connections import Connection
from support.servers import handled

TOKEN = "s3cretHookToken-of-the-channel"


@dataclass
class Channel:
    """What was posted, and how the webhook behaves."""

    port: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    """The payloads."""
    pictures: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    answer: str = "{}"
    is_mute: bool = False
    """Whether it takes the message and hangs up without a word."""
    is_cut: bool = False
    """Whether it takes the message and hangs up in the middle of its answer."""
    is_endless: bool = False
    """Whether its answer has no end."""

    @property
    def connection(self) -> Connection:
        """The connection `digest`, as Airflow makes it of http://127.0.0.1:PORT/api/webhooks/1/TOKEN."""
        return Connection("digest", "http", "127.0.0.1", schema=f"api/webhooks/1/{TOKEN}", port=self.port)


@contextmanager
def channel() -> Iterator[Channel]:
    """Serve a webhook until the block ends."""
    heard = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            parts = {part.get_param("name", header="content-disposition"): part for part in parse(head + body)}
            heard.paths.append(self.path)
            if heard.status == 200:
                heard.messages.append(json.loads(parts["payload_json"].get_payload(decode=True)))
                heard.pictures.append(parts["files[0]"].get_payload(decode=True))
            if heard.is_mute:
                self.close_connection = True
                return
            self.send_response(heard.status)
            if heard.is_endless:
                self.close_connection = True
                self.end_headers()
                with suppress(OSError):  # the other end hangs up
                    while True:
                        self.wfile.write(bytes(1 << 20))
                return
            if heard.is_cut:
                self.send_header("Transfer-Encoding", "chunked")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(b"ff\r\n{" if heard.is_cut else heard.answer.encode())

    with handled(Handler) as heard.port:
        yield heard


def parse(message: bytes) -> Any:
    """The parts of a multipart message."""
    return message_from_bytes(message, policy=policy.HTTP).iter_parts()
