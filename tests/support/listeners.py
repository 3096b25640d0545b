"""Real servers on this machine that get alerts: a webhook over HTTP and a mail server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from killmart_stack.ports import free_ports
from support.servers import handled

TOKEN = "s3cretHookToken"
PASSWORD = "hunter2hunter2"


@dataclass
class Heard:
    """What a server got: (subject, text) of each message, in order."""

    port: int = 0
    messages: list[tuple[str, str]] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    """What the webhook answers."""
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None
    """Answers in its place, however it likes."""


@contextmanager
def webhook() -> Iterator[Heard]:
    """A generic webhook at `/TOKEN`."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if heard.status == 200:
                heard.payloads.append(given)
                if "title" in given:
                    heard.messages.append((given["title"], given["message"]))
            if heard.answer is not None:
                with suppress(OSError):  # the other end hung up
                    heard.answer(self)
                return
            self.send_response(heard.status if TOKEN in self.path else 404)
            self.end_headers()
            self.wfile.write(b"ok")  # what Slack says

    with handled(Handler) as heard.port:
        yield heard


@contextmanager
def mail_server() -> Iterator[Heard]:
    """A mail server that takes everything."""
    heard = Heard()

    class Handler:
        async def handle_DATA(  # noqa: N802  # as aiosmtpd calls it
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            message = message_from_bytes(content, policy=policy.default)
            text = message.get_body(("plain", "html"))
            heard.messages.append((str(message["Subject"]), text.get_content() if text else ""))
            return "250 OK"

    [heard.port] = free_ports(1)
    controller = Controller(Handler(), hostname="127.0.0.1", port=heard.port)
    controller.start()
    try:
        yield heard
    finally:
        controller.stop()
